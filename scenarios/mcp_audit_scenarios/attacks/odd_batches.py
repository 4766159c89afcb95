"""Arrays in the place of messages, and two requests under one id: what a server does with more than one at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Verdicts, capability, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Era,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Headers, Probe, Session

from ..conformance.streamable_http import STREAMABLE
from ..conformance.trials import control_and_template, fresh_id, how, plain_method, served
from .confirmed import Sender, Sends, Tried, breaks, judge_each, try_each
from .occasions import newest_of_era

_MANY = 100
_ROUNDS, _MOST_ROUNDS, _PAIRS, _PATIENCE_S = 2, 5, 3, 1.5


@dataclass(frozen=True, slots=True)
class OddBatches:
    """Arrays that are no batches, a large one, and one that holds initialize."""

    control: Exchange
    arrays: tuple[Tried, ...]
    initialize: tuple[Tried, ...]


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def odd_batches(probe: Probe) -> OddBatches:
    control, template = await control_and_template(probe)
    mirrored: Headers | None = {"mcp-method": plain_method(probe)} if probe.revision.era is Era.STATELESS else None

    def says(*items: object) -> Sends:
        async def send(by: Sender) -> Exchange:
            return await by.send(list(items), headers=mirrored)

        return send

    def plain() -> dict[str, object]:
        return {**template, "id": fresh_id(probe)}

    client = {
        "protocolVersion": str(probe.revision),
        "capabilities": {},
        "clientInfo": {"name": "mcp-audit", "version": "0"},
    }
    initialize = {"jsonrpc": "2.0", "id": fresh_id(probe), "method": "initialize", "params": client}
    arrays = [
        ("an array in an array", says([plain()])),
        ("an array of numbers", says(1, 2)),
        ("an array of a request and null", says(plain(), None)),
        (f"an array of {_MANY} requests", says(*(plain() for _ in range(_MANY)))),
    ]
    return OddBatches(
        control,
        await try_each(probe, arrays, breaks),
        await try_each(probe, [("a batch that holds initialize", says(initialize, plain()))], _initialized),
    )


def _initialized(exchange: Exchange) -> bool:
    results = (response.get("result") for response in exchange.responses)
    return any(isinstance(result, dict) and "protocolVersion" in result for result in results)


@check(
    odd_batches,
    id="jsonrpc/trips-over-odd-batch",
    title="An array that is no batch breaks the server",
    requirements=("robustness/refuses-odd-params",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Refuse arrays as a whole with -32600, or each item of one that is no message.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def trips_over_odd_batch(seen: OddBatches) -> Verdicts:
    """Code that was written for objects raises on lists of lists and on numbers; the answer is then a server error, or
    none for all the requests beside.
    """
    return judge_each(
        seen.control, seen.arrays, breaks, lambda one: f"The server answered {one.name} with {how(one.first)}."
    )


@check(
    odd_batches,
    id="lifecycle/serves-initialize-in-batch",
    title="A handshake within a batch is served",
    requirements=("lifecycle/handshake-alone",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Refuse a batch that holds initialize.",
    references=("https://cwe.mitre.org/data/definitions/770.html",),
)
def serves_initialize_in_batch(seen: OddBatches) -> Verdicts:
    """What stands beside initialize in a batch would run before there is a session: before its version is known, and
    before whoever checks sessions has seen it.
    """
    return judge_each(
        seen.control, seen.initialize, _initialized, lambda one: f"The server served {one.name}: a session was begun."
    )


@dataclass(frozen=True, slots=True)
class EqualIds:
    """Plain requests and lists in one session, at once and under one id; each round in a session of its own."""

    control: Exchange
    rounds: tuple[tuple[Exchange, ...], ...]


@scenario(
    spec=STREAMABLE,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(capability("tools"), newest_of_era),
    thorough=True,
)
async def equal_ids(probe: Probe) -> EqualIds:
    """Ask in two sessions; in more if answers were mixed up, or lost: which comes first is a matter of luck."""
    control, _ = await control_and_template(probe)
    rounds: list[tuple[Exchange, ...]] = []
    while len(rounds) < _ROUNDS or (_is_open(rounds) and len(rounds) < _MOST_ROUNDS):
        async with probe.session() as session:
            if not session.usable:
                break
            rounds.append(await _at_once(session, plain_method(probe), fresh_id(probe)))
    return EqualIds(control, tuple(rounds))


async def _at_once(session: Session, method: str, rpc_id: int) -> tuple[Exchange, ...]:
    found: list[Exchange] = []

    async def ask(name: str) -> None:
        found.append(await session.request(name, rpc_id=rpc_id, timeout=_PATIENCE_S))

    async with anyio.create_task_group() as group:
        for name in (*[method] * _PAIRS, *["tools/list"] * _PAIRS):
            group.start_soon(ask, name)
    return tuple(found)


def _is_open(rounds: Sequence[tuple[Exchange, ...]]) -> bool:
    """Whether something went wrong with equal ids, and not yet twice in the same way."""
    odd = any(_mixed(exchanges) or not all(one.answered for one in exchanges) for exchanges in rounds)
    return odd and sum(map(_mixed, rounds)) < _ROUNDS


def _mixed(exchanges: tuple[Exchange, ...]) -> bool:
    return any(map(_crossed, exchanges))


def _crossed(exchange: Exchange) -> bool:
    """Whether a request got what another one had asked for."""
    if exchange.result is None:
        return False
    return ("tools" in exchange.result) is not (exchange.sent.method == "tools/list")


@check(
    equal_ids,
    id="jsonrpc/mixes-equal-ids",
    title="Requests under one id get each other's answers",
    requirements=("jsonrpc/equal-ids-apart",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Answer each POST on its own connection, or refuse an id that is in use with -32600.",
    references=("https://cwe.mitre.org/data/definitions/362.html",),
)
def mixes_equal_ids(seen: EqualIds) -> Verdict:
    """Clients must not use an id twice in a session, and some do after a restart. A server that keeps what is in flight
    by the id alone then answers one request with what the other asked for, and leaves another one without an answer.
    """
    mixed = [exchanges for exchanges in seen.rounds if _mixed(exchanges)]
    shown = [exchange for exchanges in seen.rounds for exchange in exchanges]
    if len(mixed) > 1:
        crossed = [next(filter(_crossed, exchanges)) for exchanges in mixed]
        return failed("Two requests under one id got each other's answers.", *crossed, seen.control)
    decided = all(exchange.answered and (served(exchange) or exchange.refused) for exchange in shown)
    if mixed or not shown or not decided:
        return not_observed("some requests were not answered, or some were mixed up in one session only", *shown)
    return passed(*shown, seen.control)
