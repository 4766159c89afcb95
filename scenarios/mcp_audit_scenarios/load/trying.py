"""Each request of the mix once, on the record: what fails, asks back or takes long alone says nothing under load."""

import itertools
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mcp_audit_harness.load.plan import Ask
from mcp_audit_harness.model import Exchange, JsonObject
from mcp_audit_harness.probe import Session

from ..conformance.trials import how
from .gleaning import gleaned, with_gleaned
from .mix import Mix, shared
from .pace import Tried, average_s, in_pace
from .variants import is_big

LONG_S: Final = 2.0
"""A request that takes longer, alone and twice, is left out."""
_QUICK_S: Final = 0.1
"""A request that takes longer is asked twice."""
_PATIENCE_S: Final = 4.0
_FOR_ALL_S: Final = 60.0
_TOO_MANY: Final = f"trying each request took longer than {_FOR_ALL_S:g} s"
_CALL: Final = "tools/call"
_ROUNDS: Final = 2
"""What a call answers thanks to another's answer may help a third one."""
_MOST_GLEANED: Final = 4
_SLOW: Final = "alone it takes"


async def tried(session: Session, mix: Mix, payload_bytes: int = 0, tools: Sequence[JsonObject] = ()) -> Mix:
    """Return the mix without the requests that had no plain result, alone and in short time; it says what they did.

    A call that fails is tried with what other calls have answered, where the schemas of `tools` have a place for it.
    Of requests with strings of `payload_bytes` only the big ones are kept, where there is one. What takes much longer
    than most is left out, see `in_pace`. What is left of a method shares its weight.
    """
    trial = _Trial(
        session, time.monotonic() + _FOR_ALL_S, {tool.get("name"): tool.get("inputSchema") for tool in tools}
    )
    for ask in mix.asks:
        await trial.take(ask, ask.variants)
    for _ in range(_ROUNDS):
        await trial.take_flawed()
    good = {label: _big_ones(found, payload_bytes) or found for label, found in trial.good.items()}
    kept = in_pace(mix.asks, good)
    asks = shared([_with_params(ask, kept[ask.label]) for ask in mix.asks if ask.label in kept])
    slow = {label: _slow(found) for label, found in good.items() if label not in kept}
    left_out = [*mix.left_out, *_told({**trial.flaws(), **slow})]
    if payload_bytes and not any(_big_ones(kept[ask.label], payload_bytes) for ask in asks):
        left_out.append("nothing that may be asked takes long strings: all requests are small")
    return Mix(asks, tuple(left_out), average_s(asks, kept))


def _with_params(ask: Ask, found: Sequence[Tried]) -> Ask:
    return replace(ask, variants=tuple(one.params for one in found))


def _slow(found: Sequence[Tried]) -> str:
    return f"{_SLOW} {min(one.alone_s for one in found):.1f} s"


def _told(flaws: Mapping[str, str]) -> list[str]:
    """Return what was left out, those for one reason together."""
    labels: dict[str, list[str]] = {}
    for label, why in flaws.items():
        labels.setdefault(why, []).append(label)
    return [f"{', '.join(names)}: left out, since {why}" for why, names in labels.items()]


@dataclass(slots=True)
class _Trial:
    """What was tried so far, and what became of it."""

    session: Session
    until: float
    """By `time.monotonic()`."""
    schemas: Mapping[Any, Any]
    good: dict[str, tuple[Tried, ...]] = field(default_factory=dict)
    """What had a plain result, by label."""
    flawed: dict[str, tuple[Ask, str]] = field(default_factory=dict)
    """Asks without, and why, by label."""
    results: list[JsonObject] = field(default_factory=list)
    """Of tools."""

    async def take(self, ask: Ask, variants: Iterable[JsonObject]) -> None:
        """Try params of an ask, until one takes long."""
        good: list[Tried] = []
        why = ""
        for params in variants:
            if time.monotonic() > self.until:
                why = why or _TOO_MANY
                break
            exchange = await _asked(self.session, ask, params)
            reason = flaw(exchange)
            if not reason:
                good.append(Tried(params, exchange.elapsed_ms / 1000))
                if ask.method == _CALL and exchange.result is not None:
                    self.results.append(exchange.result)
                continue
            why = reason
            if reason.startswith(_SLOW):
                break
        if good:
            self.good[ask.label] = tuple(good)
            self.flawed.pop(ask.label, None)
        else:
            self.flawed.setdefault(ask.label, (ask, why))

    async def take_flawed(self) -> None:
        """Try failed calls anew, with values that other calls have answered."""
        values = gleaned(self.results)
        for ask, why in list(self.flawed.values()):
            if ask.method == _CALL and not why.startswith(_SLOW):
                least = ask.variants[0]
                found = with_gleaned(self.schemas.get(least["name"]), least["arguments"], values)
                await self.take(ask, [{**least, "arguments": one} for one in itertools.islice(found, _MOST_GLEANED)])

    def flaws(self) -> dict[str, str]:
        """Return why a kind of request is left out, by label."""
        return {label: why for label, (_, why) in self.flawed.items()}


async def _asked(session: Session, ask: Ask, params: JsonObject) -> Exchange:
    """Send a request; once more if it was not quick, since the first one of a kind may have much to load."""
    exchange = await session.request(ask.method, params or None, timeout=_PATIENCE_S)
    if flaw(exchange).startswith(_SLOW) or exchange.elapsed_ms > 1000 * _QUICK_S:
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
        return "with the arguments that could be found it reports an error"
    if exchange.elapsed_ms > 1000 * LONG_S:
        return f"{_SLOW} {exchange.elapsed_ms / 1000:.1f} s"
    return ""


def _big_ones(found: Sequence[Tried], payload_bytes: int) -> tuple[Tried, ...]:
    return tuple(one for one in found if payload_bytes and is_big(one.params.get("arguments"), payload_bytes))
