"""The audit log: what it holds, and what tampering with it looks like."""

import hashlib
import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from oraclepack_mcp.telemetry.audit_log import GENESIS, AuditedCall, AuditLog, hash_of, verify


def a_call(number: int = 0) -> AuditedCall:
    return AuditedCall(f"request-{number}", "local", "oraclepack_list_packs", hash_of({"n": number}), "ok", 0.25, None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def write(path: Path, count: int) -> AuditLog:
    log = AuditLog(path)
    for number in range(count):
        log.append(a_call(number))
    log.close()
    return log


def test_a_line_tells_the_call_and_the_hash_of_the_line_before(path: Path) -> None:
    write(path, 2)
    first, second = path.read_bytes().splitlines()

    entry = json.loads(first)
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "request_id": "request-0",
        "principal": "local",
        "tool": "oraclepack_list_packs",
        "arguments_sha256": hashlib.sha256(b'{"n":0}').hexdigest(),
        "outcome": "ok",
        "seconds": 0.25,
        "run_id": None,
        "previous_sha256": GENESIS,
    }
    assert json.loads(second)["previous_sha256"] == hashlib.sha256(first).hexdigest()


def test_only_its_owner_can_read_it(path: Path) -> None:
    write(path, 1)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_goes_on_where_it_stopped(path: Path) -> None:
    write(path, 3)
    write(path, 3)

    assert verify(path) == []
    assert len(path.read_bytes().splitlines()) == 6


def test_writers_of_several_objects_and_threads_make_one_chain(path: Path) -> None:
    logs = [AuditLog(path) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: logs[number % 4].append(a_call(number)), range(80)))
    for log in logs:
        log.close()

    assert verify(path) == []
    assert len(path.read_bytes().splitlines()) == 80


def test_several_calls_in_one_go_are_one_line_each(path: Path) -> None:
    first, second = AuditLog(path), AuditLog(path)
    first.append(a_call(0), a_call(1))
    second.append(a_call(2))
    first.append(a_call(3), a_call(4))
    first.append(a_call(5))

    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [entry["request_id"] for entry in entries] == [f"request-{number}" for number in range(6)]
    assert verify(path, head=first.head) == []
    first.close()
    second.close()


def test_a_line_longer_than_a_first_look_at_the_end_is_found_whole(path: Path) -> None:
    for _ in range(3):
        log = AuditLog(path)
        log.append(replace(a_call(), principal="p" * 9000))
        log.close()

    assert verify(path) == []


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: [lines[0], lines[1].replace(b'"ok"', b'"no"'), *lines[2:]],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[0], lines[1], lines[1], *lines[2:]],
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        lambda lines: lines[1:],
        lambda lines: [*lines[:2], b"not a line", *lines[2:]],
        lambda lines: [*lines[:2], b"[]", *lines[2:]],
    ],
    ids=["changed", "removed", "repeated", "swapped", "beheaded", "garbage", "foreign"],
)
def test_every_kind_of_tampering_breaks_the_chain(path: Path, tamper: Callable[[list[bytes]], list[bytes]]) -> None:
    write(path, 5)
    path.write_bytes(b"\n".join(tamper(path.read_bytes().splitlines())) + b"\n")

    assert verify(path)


def test_lines_cut_off_at_the_end_show_against_the_newest_hash(path: Path) -> None:
    log = write(path, 3)
    assert verify(path, head=log.head) == []
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))

    assert verify(path) == []
    assert [broken.line for broken in verify(path, head=log.head)] == [3]


def test_a_line_torn_by_a_crash_is_reported_and_the_next_one_stands_alone(path: Path) -> None:
    write(path, 2)
    with path.open("ab") as log:
        log.write(b'{"time":"2026')
    write(path, 1)

    assert [broken.line for broken in verify(path)] == [3]
    assert json.loads(path.read_bytes().splitlines()[3])["tool"] == "oraclepack_list_packs"


def test_a_symbolic_link_a_directory_a_pipe_and_a_file_of_everybody_are_refused(tmp_path: Path) -> None:
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "open").touch()
    (tmp_path / "open").chmod(0o666)

    for name in ("link", "directory", "pipe", "open"):
        with pytest.raises(OSError):  # noqa: PT011 - several reasons, one family
            AuditLog(tmp_path / name)


def test_the_hash_of_arguments_is_of_their_meaning_not_of_their_order() -> None:
    assert hash_of({"a": 1, "b": ["ü", None]}) == hash_of({"b": ["ü", None], "a": 1})
    assert hash_of({"a": 1}) != hash_of({"a": "1"})
    assert hash_of({"a": "\ud800"})
