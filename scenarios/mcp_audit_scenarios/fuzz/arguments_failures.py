"""The smallest case once more on the record: the evidence of a failure, or that it was nothing."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Exchange, JsonObject
from mcp_audit_harness.model.fuzzing import Flaw, FuzzFailure
from mcp_audit_harness.probe import Probe

from .conversations import Conversation
from .oracles import STOPS, is_of_every_request
from .oracles_repeated import FAILS_AGAIN, MIXES
from .playing import Ended, Player

if TYPE_CHECKING:
    from mcp_audit_harness.fuzz.search import Minimal

    from .argument_cases import ArgumentCase
    from .arguments import Hunt

_MOST_FAILURES: Final = 40
"""Of one operation."""


def distinct(hunts: Sequence["Hunt"]) -> "Iterator[tuple[Hunt, Minimal[ArgumentCase]]]":
    """Yield what was found, and what any request of a kind shows once for all operations of that kind."""
    shown: set[tuple[str, str, str]] = set()
    for hunt in hunts:
        for minimal in hunt.found[:_MOST_FAILURES]:
            key = (minimal.flaw.oracle, minimal.flaw.cause, hunt.player.operation.kind)
            if not is_of_every_request(minimal.flaw) or key not in shown:
                shown.add(key)
                yield hunt, minimal


async def failure_of(probe: Probe, player: Player, minimal: "Minimal[ArgumentCase]", first: Exchange) -> FuzzFailure:
    """Play the smallest case again on the record, in a session of its own, between two controls.

    `first` is a control that was answered before the search, for a target that has not come back.
    """
    flaw, operation = minimal.flaw, player.operation
    made = partial(
        FuzzFailure,
        flaw.oracle,
        operation.subject,
        flaw.cause,
        flaw.message,
        _as_json(player, flaw, minimal.case.arguments),
        cases=minimal.first_after,
    )
    fresh = _fresh(probe, player)
    try:
        control = await fresh.conversation.control()
        found, exchanges = await fresh.examine(minimal.case)
        after = control if fresh.ended.case else await fresh.conversation.control()
    except SearchEnds:
        gone = flaw.oracle == STOPS and bool(player.ended.case)
        return made((), first, again=gone)
    finally:
        await fresh.conversation.close()
    again = (flaw.oracle, flaw.cause) in {(one.oracle, one.cause) for one in found}
    return made(tuple(exchanges), after if after.answered else control, again=again)


def _fresh(probe: Probe, player: Player) -> Player:
    """Return a player that knows what the search has learned, and looks at everything."""
    fresh = Player(probe, player.operation, Conversation(probe), Ended(), player.disk, serves=True)
    fresh.repeats.shown = fresh.together.shown = True
    fresh.together.partners = list(player.together.partners)
    fresh.pace.took = list(player.pace.took)
    return fresh


def _as_json(player: Player, flaw: Flaw, case: Any) -> JsonObject:
    def request(arguments: Any) -> JsonObject:
        method, params = player.operation.request(arguments)
        return {"method": method, "params": params}

    if flaw.oracle == MIXES:
        return {"steps": [request(case), request(player.together.partner())], "together": True}
    if flaw.oracle == FAILS_AGAIN:
        return {"steps": [request(case), request(case)]}
    return request(case)
