"""Attacks on the files that the server can reach (S-01, S-04, S-11)."""

import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest

from tests.attacks.arena import SECRET, Arena, attack, pack_text

FAMILIES = ("pack", "pack-model", "validation", "state", "report", "overrides")
SPARSE = 10 * 1024**3
BOUND = 16 * 1024**2


@attack("oraclepack/s01-follows-file-links")
def test_s01_a_linked_file_is_never_followed(arena: Arena) -> None:
    (arena.root / "link.md").symlink_to(arena.outside / "secret.md")

    answers = arena.calls(
        ("oraclepack_read_file", {"path": "link.md"}),
        ("oraclepack_get_pack", {"pack": "link.md", "include_code": True}),
        ("oraclepack_validate_pack", {"pack": "link.md"}),
        ("oraclepack_list_steps", {"pack": "link.md"}),
        ("oraclepack_plan_run", {"pack": "link.md"}),
    )
    assert SECRET not in str(answers)
    assert [answer["isError"] for answer in answers] == [True] * len(answers)
    assert {answer["error"]["code"] for answer in answers} == {"PATH_SYMLINK"}
    for family in FAMILIES:
        assert arena.read(f"oraclepack://{family}/root:link.md").startswith("error -32602")


@attack("oraclepack/s01-lists-linked-files")
def test_s01_a_list_tells_nothing_of_what_links_lead_to(arena: Arena) -> None:
    (arena.outside / "p.md").write_text(f"# {SECRET}\n\n{pack_text()}")
    (arena.root / "there.md").symlink_to(arena.outside / "p.md")
    (arena.root / "gone.md").symlink_to(arena.outside / "absent.md")
    (arena.root / "p.chatgpt-urls.json").symlink_to(arena.outside / "p.md")

    listed = arena.call("oraclepack_list_packs", recursive=True)
    assert listed["packs"] == []
    reasons = {entry["path"]: entry["reason"] for entry in listed["skipped"]}
    assert reasons == dict.fromkeys(("root:there.md", "root:gone.md"), "not a regular file")
    for text in (str(listed), arena.read("oraclepack://packs"), str(arena.call("oraclepack_list_urls"))):
        assert SECRET not in text
    assert arena.domain.packs.pack_ids() == []


@attack("oraclepack/s01-follows-file-links")
def test_s01_files_beside_a_pack_are_not_followed_either(arena: Arena) -> None:
    arena.pack("oracle --write-output answer.md -p hi")
    names = ("p.state.json", "p.report.json", "p.overrides.json", "p.chatgpt-urls.json", "answer.md")
    (arena.outside / "store.json").write_text(f'{{"default": "{SECRET}", "roi_mode": "{SECRET}"}}')
    for name in names:
        (arena.root / name).symlink_to(arena.outside / "store.json")

    answers = arena.calls(
        ("oraclepack_get_state", {"pack": "p.md"}),
        ("oraclepack_get_report", {"pack": "p.md"}),
        ("oraclepack_list_urls", {"pack": "p.md"}),
        ("oraclepack_verify_outputs", {"pack": "p.md"}),
    )
    assert SECRET not in str(answers)
    assert [answer["error"]["code"] for answer in answers[:3]] == ["PATH_SYMLINK"] * 3
    assert not answers[3]["ok"]


@attack("oraclepack/s04-normalised-paths")
def test_s04_a_path_with_dots_is_refused_and_never_means_another_file(arena: Arena) -> None:
    (arena.outside / "sub").mkdir()
    (arena.root / "d").symlink_to(arena.outside / "sub")
    arena.pack("echo the wrong one", name="x.md")
    (arena.outside / "x.md").write_text(SECRET)
    for path in ("d/../x.md", "./x.md", "d/./x.md", ".//x.md", "x.md/", "x.md/.", "no/../x.md", "root:d/../x.md"):
        for where in (path, f"{arena.root}/{path}"):
            if where.count(":") and where.startswith("/"):
                continue
            assert arena.error("oraclepack_read_file", path=where) == "PATH_INVALID"
            assert arena.error("oraclepack_get_pack", pack=where) == "PATH_INVALID"
    assert arena.error("oraclepack_list_packs", directory="d/..") == "PATH_INVALID"
    assert arena.read("oraclepack://pack/root:d/../x.md").startswith("error -32602")


@attack("oraclepack/s04-any-path")
def test_s04_no_path_leads_up_or_holds_what_no_name_holds(arena: Arena) -> None:
    for path in ("../outside/secret.md", "..", "a/../../outside/secret.md", "root:../outside/secret.md"):
        assert arena.error("oraclepack_read_file", path=path) == "PATH_INVALID"
        assert arena.error("oraclepack_list_packs", directory=path) == "PATH_INVALID"
        for uri in (f"oraclepack://pack/{path}", f"oraclepack://pack/{path.replace('.', '%2e')}"):
            assert arena.read(uri).startswith("error -32602")
    for path in ("a\0.md", "a\n.md", "\x1b[2J.md", "\u202egnp.md", "x" * 300, "a/" * 3000 + "x.md"):
        assert arena.error("oraclepack_read_file", path=path) in {"PATH_INVALID", "INVALID_ARGUMENT"}
    assert arena.error("oraclepack_read_file", path=str(arena.outside / "secret.md")) == "PATH_OUTSIDE_ROOTS"


@contextmanager
def fed(pipe: str) -> Iterator[None]:
    """Write to a pipe as soon as somebody waits at its other end, so that nobody waits for ever."""
    over = threading.Event()

    def feed() -> None:
        while not over.wait(0.005):
            try:
                descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue
            os.close(descriptor)

    feeding = threading.Thread(target=feed)
    feeding.start()
    try:
        yield
    finally:
        over.set()
        feeding.join()


@attack("oraclepack/s11-opens-anything")
def test_s11_what_is_no_regular_file_is_never_read(arena: Arena) -> None:
    os.mkfifo(arena.root / "pipe.md")
    (arena.root / "directory.md").mkdir()
    (arena.root / "zero.md").symlink_to("/dev/zero")
    with pytest.MonkeyPatch.context() as patch, socket.socket(socket.AF_UNIX) as listening:
        patch.chdir(arena.root)
        listening.bind("socket.md")

    with fed(str(arena.root / "pipe.md")):
        for name in ("pipe.md", "directory.md", "socket.md"):
            for tool, argument in (("read_file", "path"), ("get_pack", "pack"), ("validate_pack", "pack")):
                assert arena.error(f"oraclepack_{tool}", **{argument: name}) == "NOT_A_FILE"
            overwriting = {"path": name, "content": pack_text(), "expected_sha256": sha256(b"").hexdigest()}
            assert arena.error("oraclepack_write_pack", **overwriting) == "NOT_A_FILE"
    assert arena.error("oraclepack_read_file", path="zero.md") == "PATH_SYMLINK"
    assert stat.S_ISFIFO((arena.root / "pipe.md").stat().st_mode)


@contextmanager
def counted() -> Iterator[list[int]]:
    """The sizes of all reads; one that asks for more than is sensible fails, so that no attack fills the memory."""
    asked: list[int] = []
    read = os.pread

    def pread(descriptor: int, size: int, offset: int) -> bytes:
        asked.append(size)
        if size > BOUND:
            raise MemoryError
        return read(descriptor, size, offset)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pread", pread)
        yield asked


@attack("oraclepack/s11-reads-whole-files")
def test_s11_of_a_huge_file_only_so_much_is_read_as_its_kind_may_hold(arena: Arena) -> None:
    names = ("huge.md", "huge.state.json", "huge.report.json", "huge.overrides.json", "huge.chatgpt-urls.json")
    for name in names:
        with (arena.root / name).open("wb") as file:
            file.truncate(SPARSE)
    with counted() as asked:
        for tool, arguments in (
            ("read_file", {"path": "huge.md"}),
            ("read_file", {"path": "huge.md", "offset": SPARSE - 10, "max_bytes": 10}),
            ("get_pack", {"pack": "huge.md"}),
            ("validate_pack", {"pack": "huge.md"}),
            ("get_state", {"pack": "huge.md"}),
            ("get_overrides", {"pack": "huge.md"}),
        ):
            assert arena.error(f"oraclepack_{tool}", **arguments) == "TOO_LARGE"
        listed = arena.call("oraclepack_list_packs")
        assert [entry["path"] for entry in listed["skipped"]] == ["root:huge.md"]
        arena.pack(name="huge.md")
        for tool in ("get_state", "get_report", "get_overrides", "list_urls"):
            assert arena.error(f"oraclepack_{tool}", pack="huge.md") == "TOO_LARGE"
    assert sum(asked) < 10 * BOUND


@attack("oraclepack/s11-writes-in-place")
def test_s11_another_name_of_a_file_keeps_what_it_holds(arena: Arena) -> None:
    secret = arena.outside / "secret.md"
    (arena.root / "p.md").hardlink_to(secret)
    known = sha256(secret.read_bytes()).hexdigest()
    answer = arena.call("oraclepack_write_pack", path="p.md", content=pack_text(), expected_sha256=known)
    assert not answer["isError"]
    assert secret.read_text() == SECRET
    assert (arena.root / "p.md").stat().st_nlink == 1
