"""The answer to a listen request on a transport where everything arrives on one stream."""

import time
from collections.abc import Callable

import anyio

from ..model import Exchange, Outcome
from .flights import Flight

_FIRST_MESSAGE_S = 1.0


class LineStream:
    """What lands for one subscription; each `collect` returns what no earlier one has returned."""

    def __init__(self, flight: Flight, record: Callable[[Flight, float], Exchange]) -> None:
        self._flight = flight
        self._record = record
        self._begun = time.monotonic()
        self._opening: Exchange | None = None

    @property
    def opening(self) -> Exchange:
        """What had arrived when the subscription was open."""
        assert self._opening is not None  # noqa: S101 - `open` runs before anybody sees the stream
        return self._opening

    async def open(self) -> None:
        """Record the first message, or that none came within a moment; `collect` returns it again."""
        await self._wait(lambda: bool(self._flight.messages), _FIRST_MESSAGE_S)
        self._opening = self._record(self._part(found=bool(self._flight.messages)), self._begun)

    async def collect(self, *, until: str | None = None, timeout: float = 1.0) -> Exchange:
        """See `probe.Stream.collect`; it returns early when the target ends the stream."""
        begun = time.monotonic()
        await self._wait(lambda: until is not None and self._flight.holds(until), timeout)
        flight = self._flight
        part = self._part(found=flight.holds(until) if until is not None else bool(flight.messages))
        flight.messages, flight.strays, flight.text, flight.size = [], [], [], 0
        return self._record(part, begun)

    async def _wait(self, enough: Callable[[], bool], timeout: float) -> None:
        flight = self._flight
        with anyio.move_on_after(timeout):
            while not (enough() or flight.landed.is_set() or not flight.awaited):
                await flight.news.wait()

    def _part(self, *, found: bool) -> Flight:
        flight = self._flight
        ended = flight.landed.is_set() and flight.outcome is not Outcome.ANSWERED
        outcome = Outcome.ANSWERED if found else flight.outcome if ended else Outcome.SILENT
        return Flight(
            messages=list(flight.messages),
            strays=list(flight.strays),
            text=list(flight.text),
            outcome=outcome,
            note=list(flight.note),
        )
