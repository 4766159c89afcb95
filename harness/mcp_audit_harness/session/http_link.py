"""A recorded connection that is written piece by piece."""

from collections.abc import Mapping
from typing import Any

from ..model import Exchange, Outcome, Sent
from ..transport.link import RawLink
from ..wire.codec import identity
from .http_exchange import HttpCaller, Where
from .inbox import Inbox


class HttpLink:
    """See `probe.Link`."""

    def __init__(self, caller: HttpCaller, where: Where, raw: RawLink) -> None:
        self._caller = caller
        self._where = where
        self._raw = raw

    @property
    def sent_bytes(self) -> int:
        """See `probe.Link.sent_bytes`."""
        return self._raw.sent_bytes

    @property
    def open(self) -> bool:
        """See `probe.Link.open`."""
        return self._raw.end is None

    async def send(self, data: bytes, *, timeout: float = 5.0) -> bool:
        """See `probe.Link.send`."""
        return self._raw.end is None and await self._raw.send(data, timeout=timeout)

    async def answer(self, message: Mapping[str, Any] | None = None, *, timeout: float | None = None) -> Exchange:
        """See `probe.Link.answer`."""
        inbox = Inbox(message, depth=self._caller.bounds.depth)
        verb = bytes(self._raw.sent.split(b" ", 1)[0][:10]) or b"GET"
        answer = await self._raw.answer(verb, timeout=self._caller.deadline(timeout), on_event=inbox)
        if self._raw.end is not None and self._raw.end[0] is Outcome.UNREACHABLE:
            answer = answer.ended(*self._raw.end)
        method, rpc_id = identity(message)
        text = self._raw.sent.decode("utf-8", "replace")
        return self._caller.record(self._where, Sent("BYTES", body=text, method=method, rpc_id=rpc_id), answer, inbox)

    async def half_close(self) -> None:
        """See `probe.Link.half_close`."""
        await self._raw.half_close()

    async def reset(self) -> None:
        """See `probe.Link.reset`."""
        await self._raw.reset()
