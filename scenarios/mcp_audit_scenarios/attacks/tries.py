"""Calls with something in one place of their arguments, and what came of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts
from mcp_audit_harness.model import Exchange, Outcome, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

from .argument_kinds import Slot

PATIENCE_S = 5.0
"""For one call."""
_SLOW_MS = 2_000.0


@dataclass(frozen=True, slots=True)
class Try:
    """One hostile value in a place, and the answer."""

    kind: str
    how: str
    """Names the value in a finding, as a noun phrase."""
    exchange: Exchange
    proof: str = ""
    """What the answer holds only if the value was run; no request holds it."""
    again: Exchange | None = None
    """The same once more in a fresh session, with another proof; None where the first proved nothing."""
    proof_again: str = ""

    @property
    def shows(self) -> bool:
        """Whether the first answer holds its proof."""
        return bool(self.proof) and self.proof in text(self.exchange)

    @property
    def proven(self) -> bool:
        """Whether both answers hold their proof."""
        return self.shows and self.again is not None and bool(self.proof_again) and self.proof_again in text(self.again)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the arguments of a tool: a harmless value there, and hostile ones."""

    subject: str
    label: str
    control: Exchange
    tries: tuple[Try, ...]


def text(exchange: Exchange) -> str:
    """Return all that came back, results and errors and what else arrived meanwhile, as one text."""
    return json.dumps(list(exchange.messages), ensure_ascii=False, default=str)


def succeeded(exchange: Exchange) -> bool:
    """Whether the tool gave a result that is no error."""
    return exchange.result is not None and exchange.result.get("isError") is not True


def is_slow(exchange: Exchange) -> bool:
    """Whether a harmless call went unanswered, or took so long that many more would cost too much."""
    return exchange.outcome is not Outcome.ANSWERED or exchange.elapsed_ms > _SLOW_MS


async def ask(probe: Probe, slot: Slot, value: object, timeout: float = PATIENCE_S) -> Exchange:
    """Call the tool with a value in a place."""
    return await probe.request("tools/call", slot.call(value), timeout=timeout)


async def ask_afresh(probe: Probe, slot: Slot, value: object, timeout: float = PATIENCE_S) -> Exchange:
    """Call the tool in a session of its own."""
    async with probe.session() as session:
        return await session.request("tools/call", slot.call(value), timeout=timeout)


def judged(places: Iterable[Place], kind: str, did: str, nowhere: str) -> Verdicts:
    """Judge the tries of a kind: a FAIL for each place with a proof, the first one there.

    It passes by places where a harmless text gave a result: elsewhere the code in question may not have been reached.
    `did` says what the target did, with `{how}` and `{label}` to be filled in; `nowhere` is why nothing was seen.
    """
    failures = []
    answered: list[Exchange] = []
    for place in places:
        mine = [one for one in place.tries if one.kind == kind]
        answered += [one.exchange for one in mine if one.exchange.answered and succeeded(place.control)]
        for one in mine:
            if one.proven and one.again is not None and one.proof not in text(place.control):
                message = did.format(how=one.how, label=place.label)
                failures.append(failed(message, one.exchange, one.again, place.control, subject=place.subject))
                break
    if failures:
        return failures
    return passed(*answered[:10]) if answered else not_observed(nowhere)
