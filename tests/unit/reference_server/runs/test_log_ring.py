"""A log keeps the newest output in a file of bounded size, and is read between characters."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.log_ring import LogText, LogWriter, read_log

HEADER = 32


def written(path: Path, *pieces: bytes, capacity: int = 64) -> Path:
    with LogWriter(path, capacity) as log:
        for piece in pieces:
            log.write(piece)
    return path


def test_a_short_log_is_read_whole(tmp_path: Path) -> None:
    assert read_log(written(tmp_path / "log", b"one\n", b"two\n"), 0, 100) == LogText("one\ntwo\n", 0, 8, 8, 0)


def test_the_tail_is_kept_and_the_loss_is_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "log", b"head" * 100, b"the error at the end")
    found = read_log(path, 0, 1000)
    assert found.text.endswith("the error at the end")
    assert (found.dropped, found.offset, len(found.text)) == (420 - 64, 420 - 64, 64)


def test_the_file_is_bounded_and_private(tmp_path: Path) -> None:
    path = written(tmp_path / "log", *[b"y\n" * 5000] * 100)
    assert path.stat().st_size == HEADER + 64
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_existing_file_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        LogWriter(tmp_path / "log", 64)


def test_slices_follow_each_other(tmp_path: Path) -> None:
    path = written(tmp_path / "log", b"0123456789")
    first = read_log(path, 0, 4)
    second = read_log(path, first.next_offset, 100)
    assert (first.text, second.text, second.next_offset) == ("0123", "456789", 10)


def test_an_offset_beyond_the_end_gives_nothing(tmp_path: Path) -> None:
    assert read_log(written(tmp_path / "log", b"abc"), 99, 10) == LogText("", 3, 3, 3, 0)


def test_a_character_at_the_cut_is_left_for_the_next_slice(tmp_path: Path) -> None:
    path = written(tmp_path / "log", "aä€😀z".encode())
    texts = []
    offset = 0
    while offset < 11:
        found = read_log(path, offset, 5)
        texts.append(found.text)
        offset = found.next_offset
    assert "".join(texts) == "aä€😀z"


def test_a_character_that_the_ring_cut_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "log", "😀".encode() * 20, b"x", capacity=64)
    assert read_log(path, 0, 100).text == "😀" * 15 + "x"


def test_bytes_that_are_no_text_do_not_hold_up_the_reader(tmp_path: Path) -> None:
    path = written(tmp_path / "log", b"\xf0\x9f")
    assert read_log(path, 0, 10) == LogText("\ufffd", 0, 2, 2, 0)


def test_there_may_be_no_log_or_one_that_was_never_begun(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name in ("absent", "empty"):
        with pytest.raises(DomainError) as caught:
            read_log(tmp_path / name, 0, 10)
        assert caught.value.code == "NOT_FOUND"


@given(pieces=st.lists(st.binary(max_size=200), max_size=20), capacity=st.integers(4, 150))
def test_the_newest_bytes_are_what_was_written_last(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], capacity: int
) -> None:
    path = written(tmp_path_factory.mktemp("ring") / "log", *pieces, capacity=capacity)
    everything = b"".join(pieces)
    raw = path.read_bytes()[HEADER:]
    kept = everything[-capacity:]
    if len(everything) > capacity:
        turn = len(everything) % capacity
        raw = raw[turn:] + raw[:turn]
    assert raw == kept
    found = read_log(path, 0, 10_000)
    rest = read_log(path, found.next_offset, 10_000)
    assert found.written == rest.next_offset == len(everything)
    assert found.dropped == max(0, len(everything) - capacity)


def test_a_reader_never_sees_what_the_writer_is_just_replacing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = [f"{number:07}\n".encode() for number in range(20_000)]
    with LogWriter(path, 256) as log:

        def write() -> None:
            for line in lines:
                log.write(line)

        thread = threading.Thread(target=write)
        thread.start()
        while thread.is_alive():
            found = read_log(path, 0, 10_000)
            start = found.offset + (-found.offset % 8)
            numbers = [int(line) for line in found.text[start - found.offset :].split("\n") if len(line) == 7]
            assert numbers == list(range(start // 8, start // 8 + len(numbers)))
        thread.join()
