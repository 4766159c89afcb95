"""A stream that the target keeps open: the GET stream, or the answer to a listen request."""

from ..model import Exchange, Outcome, Sent
from ..transport.http_stream import HttpStream
from .http_exchange import HttpCaller, Where
from .inbox import Inbox

_FIRST_MESSAGE_S = 1.0


class OpenStream:
    """The messages of an open stream; each `collect` returns what no earlier one has returned."""

    def __init__(self, caller: HttpCaller, where: Where, sent: Sent, source: HttpStream, inbox: Inbox) -> None:
        self._caller = caller
        self._where = where
        self._sent = sent
        self._source = source
        self._inbox = inbox
        self._opening: Exchange | None = None

    @property
    def opening(self) -> Exchange:
        """Status, headers and what had arrived when the stream was opened."""
        assert self._opening is not None  # noqa: S101 - `open` runs before anybody sees the stream
        return self._opening

    async def open(self, *, expecting: bool) -> None:
        """Record the opening; `expecting` a first message, after waiting for it for a moment."""
        if expecting:
            await self._source.wait(lambda: bool(self._inbox.messages), _FIRST_MESSAGE_S)
        answer = self._source.answer()
        self._opening = self._caller.record(self._where, self._sent, answer, self._inbox.copy())

    async def collect(self, *, until: str | None = None, timeout: float = 1.0) -> Exchange:
        """See `probe.Stream.collect`; it returns early when the target ends the stream."""
        found = await self._source.wait(lambda: until is not None and self._inbox.holds(until), timeout)
        answer = self._source.answer(drain=True)
        if until is not None and answer.outcome is Outcome.ANSWERED and not found:
            outcome = Outcome.CLOSED if self._source.over else Outcome.SILENT
            answer = answer.ended(outcome, f"no {until} within {timeout:g} s; {answer.note}")
        elif found:
            answer = answer.ended(Outcome.ANSWERED, answer.note)
        return self._caller.record(self._where, self._sent, answer, self._inbox.drain())
