"""Each request of the mix once, on the record: what fails, asks back or takes long alone says nothing under load."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mcp_audit_harness.load.plan import Ask
from mcp_audit_harness.model import Exchange, JsonObject
from mcp_audit_harness.probe import Session

from ..conformance.trials import how
from .mix import Mix, shared
from .variants import is_big

LONG_S: Final = 2.0
"""A request that takes longer, alone and twice, is left out."""
_PATIENCE_S: Final = 4.0
_FOR_ALL_S: Final = 60.0
_TOO_MANY: Final = f"trying each request took longer than {_FOR_ALL_S:g} s"
_SLOW: Final = "alone it takes"


async def tried(session: Session, mix: Mix, payload_bytes: int = 0) -> Mix:
    """Return the mix without the requests that had no plain result, alone and in short time; it says what they did.

    What is left of a method shares its weight. Of requests with strings of `payload_bytes` only the big ones are kept,
    where there is one.
    """
    until = time.monotonic() + _FOR_ALL_S
    asks: list[Ask] = []
    flawed: dict[str, list[str]] = {}
    for ask in mix.asks:
        late = time.monotonic() > until
        good, why = ((), _TOO_MANY) if late else await _good_of(session, ask)
        if good:
            asks.append(replace(ask, variants=_big_ones(good, payload_bytes) or good))
        else:
            flawed.setdefault(why, []).append(ask.label)
    left_out = [*mix.left_out, *(f"{', '.join(labels)}: left out, since {why}" for why, labels in flawed.items())]
    if payload_bytes and not any(_big_ones(ask.variants, payload_bytes) for ask in asks):
        left_out.append("nothing that may be asked takes long strings: all requests are small")
    return Mix(shared(asks), tuple(left_out))


async def _good_of(session: Session, ask: Ask) -> tuple[tuple[JsonObject, ...], str]:
    """Return the variants that have a plain result, and why the last one of the others has none."""
    good: list[JsonObject] = []
    why = ""
    for params in ask.variants:
        reason = flaw(await _asked(session, ask, params))
        if not reason:
            good.append(params)
            continue
        why = reason
        if reason.startswith(_SLOW):
            break
    return tuple(good), why


async def _asked(session: Session, ask: Ask, params: JsonObject) -> Exchange:
    """Send a request; once more if it took long, since the first one of a kind may have much to load."""
    exchange = await session.request(ask.method, params or None, timeout=_PATIENCE_S)
    if flaw(exchange).startswith(_SLOW):
        exchange = await session.request(ask.method, params or None, timeout=_PATIENCE_S)
    return exchange


def flaw(exchange: Exchange) -> str:
    """Return why a request is not one to send by the thousand: what it did, alone; empty if it may be."""
    if exchange.server_requests or (exchange.result or {}).get("resultType") == "input_required":
        return "it asks the client something"
    if not exchange.answered:
        return f"{_SLOW} more than {_PATIENCE_S:g} s" if exchange.outcome == "silent" else "alone it gets no answer"
    if not exchange.ok:
        return f"alone it gets {how(exchange)}"
    if (exchange.result or {}).get("isError") is True:
        return "with plain arguments the tool reports an error"
    if exchange.elapsed_ms > 1000 * LONG_S:
        return f"{_SLOW} {exchange.elapsed_ms / 1000:.1f} s"
    return ""


def _big_ones(variants: Sequence[JsonObject], payload_bytes: int) -> tuple[JsonObject, ...]:
    return tuple(one for one in variants if payload_bytes and is_big(one.get("arguments"), payload_bytes))
