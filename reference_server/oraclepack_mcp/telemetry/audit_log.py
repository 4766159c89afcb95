"""The audit log: one JSON line for each tool call, appended and chained by hashes.

Every line holds the SHA-256 of the line before it, so a line that was changed, removed, inserted or moved shows. Who
can write the file can also rewrite all of it from some line on; to notice that, and lines cut off at the end, keep
the newest hash (`AuditLog.head`) elsewhere and hand it to `verify`. Arguments are recorded as a hash only.

Several processes may append to one file: each append holds a lock on the file and reads the line before it there.
"""

import fcntl
import hashlib
import json
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

GENESIS: Final = "0" * 64
"""What stands for the hash of the line before the first."""
_TAILS_BYTES: Final = (4 * 1024, 64 * 1024)
"""How much of the end is read to find the last line: first little, then what is more than any line."""
_OWNER_ONLY: Final = 0o600
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class AuditedCall:
    """A tool call as it is remembered; `seconds` is how long it took, `outcome` is `ok` or an error code."""

    request_id: str | None
    principal: str
    tool: str
    arguments_sha256: str
    outcome: str
    seconds: float
    run_id: str | None


_FIELDS: Final = tuple(part.name for part in fields(AuditedCall))


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the chain does not hold; `line` counts from 1."""

    line: int
    reason: str


class AuditLog:
    """Appends to one file; thread-safe, and safe beside other processes that append to it.

    Raises:
        OSError: the path is a symbolic link, no regular file, writable by others, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        self._file = os.open(path, flags, _OWNER_ONLY)
        found = os.fstat(self._file).st_mode
        if not stat.S_ISREG(found) or found & _WRITABLE_BY_OTHERS:
            os.close(self._file)
            raise PermissionError("the audit log is not a regular file that only its owner can write")
        self._lock = threading.Lock()
        self.head = GENESIS
        """The hash of the newest line that this object wrote."""
        self._end = 0
        """Where that line ends; a file that is longer holds lines of others."""

    def append(self, *calls: AuditedCall) -> None:
        """Write a line for each call, in their order.

        Raises:
            OSError: they cannot be written.
        """
        with self._alone():
            head, torn = self._newest()
            written = bytearray(b"\n" if torn else b"")
            for call in calls:
                line = _line(call, head)
                written += line + b"\n"
                head = hashlib.sha256(line).hexdigest()
            view = memoryview(written)
            while view:
                view = view[os.write(self._file, view) :]
            self.head, self._end = head, os.lseek(self._file, 0, os.SEEK_CUR)

    def close(self) -> None:
        """Give the file back; nothing can be appended after."""
        os.close(self._file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _newest(self) -> tuple[str, bool]:
        """The hash of the last line, and whether a crash left it without its line feed."""
        size = os.fstat(self._file).st_size
        if not size:
            return GENESIS, False
        if size == self._end:
            return self.head, False
        tail = b""
        for length in _TAILS_BYTES:
            tail = os.pread(self._file, length, max(0, size - length))
            if b"\n" in tail[:-1]:
                break
        torn = not tail.endswith(b"\n")
        last = tail.removesuffix(b"\n").rpartition(b"\n")[2]
        return hashlib.sha256(last).hexdigest(), torn


def verify(path: Path, *, head: str | None = None) -> list[Broken]:
    """Every place where the chain of a log is broken; none means that no line was changed, removed or moved.

    `head` is the hash of the line that must be the last.

    Raises:
        OSError: the file cannot be read.
    """
    broken: list[Broken] = []
    previous, number = GENESIS, 0
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            line = raw.removesuffix(b"\n")
            named = _named_previous(line)
            if named is None:
                broken.append(Broken(number, "this is no line of an audit log"))
            elif named != previous:
                broken.append(Broken(number, "the line before it is not the one that it was written after"))
            previous = hashlib.sha256(line).hexdigest()
    if head is not None and head != previous:
        broken.append(Broken(number + 1, "the log does not end with the line that it should"))
    return broken


def hash_of(arguments: Mapping[str, Any]) -> str:
    """The SHA-256 of arguments as canonical JSON: sorted keys, no blanks, UTF-8."""
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _line(call: AuditedCall, previous: str) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {name: getattr(call, name) for name in _FIELDS}
    entry = {"time": now, **told, "previous_sha256": previous}
    return json.dumps(entry, separators=(",", ":")).encode()


def _named_previous(line: bytes) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    named = entry.get("previous_sha256") if isinstance(entry, dict) else None
    return named if isinstance(named, str) else None
