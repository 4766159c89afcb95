"""The requests of a mix as bytes, ready to send but for their id, and in which order they come."""

import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate, cycle
from typing import Any

from ...model import Revision
from ...wire.codec import dump, rpc
from ...wire.http_headers import for_message
from ...wire.own_words import with_context
from ..plan import Plan

_ID = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One request; its body is `before`, an id in digits, `after`."""

    label: str
    method: str
    before: bytes
    after: bytes
    headers: dict[str, str] = field(default_factory=dict)
    """Those that its revision asks for beside those of every request."""
    head: bytes = b""
    """The same as lines of a header."""

    def body(self, identity: int) -> bytes:
        """Return the whole message."""
        return b"%b%d%b" % (self.before, identity, self.after)


def request(
    revision: Revision, label: str, method: str, params: Mapping[str, Any] | None, schemas: Mapping[str, Any]
) -> Request:
    """Return a request with the context and the headers of its revision."""
    context = with_context(params, revision) or None
    headers = for_message(revision, rpc(method, context, _ID), schemas)
    rest = dump({"method": method} if context is None else {"method": method, "params": context})
    return Request(label, method, b'{"jsonrpc":"2.0","id":', b"," + rest[1:], headers, head(headers))


def notification(revision: Revision, method: str) -> Request:
    """Return a notification, whose body is `before`."""
    message = rpc(method, None)
    headers = for_message(revision, message, {})
    return Request(method, method, dump(message), b"", headers, head(headers))


def head(headers: Mapping[str, str]) -> bytes:
    """Return headers as they are sent."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")


class Mix:
    """Draws requests by weight; the variants of one kind come in turn."""

    def __init__(self, plan: Plan, worker: int = 0) -> None:
        self._rng = random.Random(f"mix/{plan.seed}/{worker}")  # noqa: S311 - repeatable, not secret
        self._bounds = list(accumulate(ask.weight for ask in plan.asks))
        self._turns = [
            cycle([request(plan.revision, ask.label, ask.method, each, plan.schemas) for each in ask.variants])
            for ask in plan.asks
        ]

    def next(self) -> Request:
        """Return the next request."""
        if len(self._turns) == 1:
            return next(self._turns[0])
        drawn = bisect_right(self._bounds, self._rng.random() * self._bounds[-1])
        return next(self._turns[min(drawn, len(self._turns) - 1)])
