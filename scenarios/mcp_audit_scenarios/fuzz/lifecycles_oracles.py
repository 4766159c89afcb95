"""What is wrong with the answer to a step, by what the model expects; pure."""

from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Exchange
from mcp_audit_harness.model.fuzzing import Flaw
from mcp_audit_harness.wire.lifecycle import Breach

from ..conformance.task_calls import TERMINAL
from ..conformance.trials import how
from .machine import Action, Expected

__all__ = ["ACKNOWLEDGED", "BREAKS", "ENDED", "FORGETS", "TERMINAL", "breach_flaw", "flaw_of", "is_served", "task_flaw"]

BREAKS: Final = "fuzz/breaks-lifecycle"
FORGETS: Final = "fuzz/forgets-session"
ENDED: Final = "fuzz/serves-ended-session"

_OK, _NO_MORE, _GONE, _TOO_MANY, _SERVER_ERROR = 200, 300, 404, 429, 500
_NOT_ITS_FAULT: Final = frozenset({501, 503, 505})
ACKNOWLEDGED: Final = "notifications/subscriptions/acknowledged"


def is_served(action: Action, exchange: Exchange) -> bool:
    """Whether the target did what it was asked."""
    status = exchange.status
    match action:
        case Action.STREAM:
            return status == _OK and exchange.media_type == "text/event-stream"
        case Action.LISTEN:
            return bool(exchange.notifications(ACKNOWLEDGED)) or exchange.ok
        case Action.END | Action.CANCEL | Action.INITIALIZED:
            return status is None or _OK <= status < _NO_MORE
    return exchange.ok


def flaw_of(action: Action, expected: Expected, exchange: Exchange) -> Iterator[Flaw]:
    """Yield what a step shows: a server error, or other than what the model expects."""
    status = exchange.status or 0
    if status >= _SERVER_ERROR and status not in _NOT_ITS_FAULT:
        yield Flaw(BREAKS, "HTTP 5xx", f"In this order of steps, {action} ends in HTTP {status}.")
    elif expected is Expected.REFUSED and is_served(action, exchange):
        yield Flaw(ENDED, "an ended session is served", f"The session has ended, and {action} is served in it.")
    elif expected is Expected.SERVED and not is_served(action, exchange):
        if status == _GONE:
            text = f"The session goes on for the client, but {action} is answered with HTTP {status}."
            yield Flaw(FORGETS, "a session is forgotten", text)
        elif status != _TOO_MANY and status not in _NOT_ITS_FAULT:
            text = f"In this order of steps, {action} is answered with {how(exchange)}; alone it is served."
            yield Flaw(BREAKS, "what is allowed is not served", text)


def breach_flaw(breach: Breach | None) -> Iterator[Flaw]:
    """Yield the flaw that a breach of the lifecycle table is."""
    if breach is not None:
        yield Flaw(BREAKS, str(breach), f"The lifecycle has no room for this: {breach}.")


def task_flaw(before: str | None, after: str | None) -> Iterator[Flaw]:
    """Yield a flaw if a task leaves a status that is its last."""
    if before in TERMINAL and after is not None and after != before:
        yield Flaw(BREAKS, "a task leaves its last status", f"A task was {before}, and is then {after}.")
