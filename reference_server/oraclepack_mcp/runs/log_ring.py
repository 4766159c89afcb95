"""The newest output of a step, in a file of bounded size that others can read while it is written.

The file is a header and a ring. The header holds the capacity and two counts of bytes since the start: those that are
written, and those that are written or just being written. A reader looks at the counts before and after it reads, and
drops what the writer may have reached meanwhile.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from oraclepack_mcp.errors import DomainError

_HEADER: Final = struct.Struct("<8sQQQ")
_MAGIC: Final = b"OPLOG\0\0\1"
_MODE: Final = 0o600
_CONTINUATION: Final = range(0x80, 0xC0)
_LONGEST_CHARACTER: Final = 4


class LogWriter:
    """Writes one log; a context manager."""

    def __init__(self, path: Path, capacity: int) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, _MODE)
        self._capacity = capacity
        self._written = 0
        self._put_header(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def write(self, data: bytes) -> None:
        """Add output; the oldest bytes make room."""
        for start in range(0, len(data), self._capacity):
            self._put(data[start : start + self._capacity])

    def _put(self, piece: bytes) -> None:
        end = self._written + len(piece)
        self._put_header(end)
        place = self._written % self._capacity
        first = piece[: self._capacity - place]
        os.pwrite(self._descriptor, first, _HEADER.size + place)
        os.pwrite(self._descriptor, piece[len(first) :], _HEADER.size)
        self._written = end
        self._put_header(end)

    def _put_header(self, reached: int) -> None:
        os.pwrite(self._descriptor, _HEADER.pack(_MAGIC, self._capacity, self._written, reached), 0)


@dataclass(frozen=True, slots=True)
class LogText:
    """Part of a log: it starts at byte `offset` of all output, of which the first `dropped` bytes are gone."""

    text: str
    offset: int
    next_offset: int
    written: int
    dropped: int


def read_log(path: Path, offset: int, limit: int) -> LogText:
    """Up to `limit` bytes from `offset`, or from the oldest byte that is left, cut between characters.

    Bytes that are no UTF-8 become U+FFFD. At the end of what is written, an unfinished character is left for later,
    unless it is all there is.

    Raises:
        DomainError: NOT_FOUND, there is no such log.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise DomainError("NOT_FOUND", "there is no log of that attempt") from None
    try:
        return _read(descriptor, offset, max(limit, _LONGEST_CHARACTER))
    finally:
        os.close(descriptor)


def _read(descriptor: int, offset: int, limit: int) -> LogText:
    capacity, written, reached = _counts(descriptor)
    start = min(max(offset, reached - capacity), written)
    end = min(start + limit, written)
    raw = _ring(descriptor, capacity, start, end)
    reached = _counts(descriptor)[2]
    dropped = max(reached - capacity, 0)
    lost = min(max(dropped - start, 0), len(raw))
    raw = raw[lost:]
    start += lost
    skipped = _broken_head(raw) if start else 0
    cut = len(raw) - _broken_tail(raw)
    if cut <= skipped:
        cut = len(raw)
    return LogText(raw[skipped:cut].decode("utf-8", "replace"), start + skipped, start + cut, written, dropped)


def _counts(descriptor: int) -> tuple[int, int, int]:
    header = os.pread(descriptor, _HEADER.size, 0)
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise DomainError("NOT_FOUND", "there is no readable log of that attempt")
    _, capacity, written, reached = _HEADER.unpack(header)
    return capacity, written, reached


def _ring(descriptor: int, capacity: int, start: int, end: int) -> bytes:
    place = start % capacity
    first = min(end - start, capacity - place)
    head = os.pread(descriptor, first, _HEADER.size + place)
    return head + os.pread(descriptor, end - start - first, _HEADER.size)


def _broken_head(raw: bytes) -> int:
    """Bytes at the start that belong to a character that began earlier."""
    head = raw[: _LONGEST_CHARACTER - 1]
    return next((index for index, byte in enumerate(head) if byte not in _CONTINUATION), len(head))


def _broken_tail(raw: bytes) -> int:
    """Bytes at the end of a character that goes on later."""
    for length in range(1, min(_LONGEST_CHARACTER, len(raw) + 1)):
        byte = raw[-length]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return length if length < needed else 0
        if byte not in _CONTINUATION:
            return 0
    return 0
