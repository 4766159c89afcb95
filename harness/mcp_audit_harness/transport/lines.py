"""Newline-framed messages: the framing of the stdio transport, without I/O, and what carries it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the target, without its newline."""

    data: bytes
    cut: bool = False
    """Whether it was longer than the bound; `data` is its beginning."""
    ended: bool = True
    """Whether a newline ended it; False for what stood before the end of the stream."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a target ended when its input was closed."""

    exited: bool
    """Whether by itself, within the grace period."""
    exit_code: int | None
    signal: str = ""
    """What was needed: SIGTERM, SIGKILL, or nothing."""
    elapsed_s: float = 0.0


class LineChannel(Protocol):
    """A connection that carries lines both ways."""

    @property
    def exit_code(self) -> int | None:
        """The exit code of the target's process, negative for a signal; None while it runs."""
        ...

    @property
    def stderr(self) -> str:
        """The last 64 KiB of what the target wrote to its standard error."""
        ...

    async def receive(self) -> Line | None:
        """Return the next line, or None once the target will send no more."""
        ...

    async def send(self, data: bytes) -> bool:
        """Send `data` and a newline; return False if the target no longer reads."""
        ...

    async def stop(self, *, grace: float) -> Ending:
        """Close the target's input, wait `grace` seconds for its end, then end it; may be called again."""
        ...


class LineFramer:
    """Cuts a byte stream into lines; holds at most `limit` bytes of one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._overflowing = False

    def feed(self, chunk: bytes) -> list[Line]:
        """Return the lines that `chunk` completes; an overlong one is returned, cut, as soon as it is too long."""
        lines: list[Line] = []
        *complete, rest = chunk.split(b"\n")
        for part in complete:
            self._add(part, lines)
            if not self._overflowing:
                lines.append(Line(bytes(self._rest)))
            self._rest.clear()
            self._overflowing = False
        self._add(rest, lines)
        return lines

    def finish(self) -> Line | None:
        """Return what stands without a newline at the end of the stream."""
        if not self._rest:
            return None
        line = Line(bytes(self._rest), ended=False)
        self._rest.clear()
        return line

    def _add(self, part: bytes, lines: list[Line]) -> None:
        if self._overflowing:
            return
        self._rest += part
        if len(self._rest) > self._limit:
            lines.append(Line(bytes(self._rest[: self._limit]), cut=True))
            self._rest.clear()
            self._overflowing = True
