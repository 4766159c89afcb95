"""Arrays in the place of messages, and two requests under one id: what a server does with more than one at once."""

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
    """A plain request and a list in one session, at once and under one id, as often as was needed to be sure."""

    control: Exchange
    plain: tuple[Exchange, ...]
    lists: tuple[Exchange, ...]


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(capability("tools"), newest_of_era))
async def equal_ids(probe: Probe) -> EqualIds:
    control, _ = await control_and_template(probe)
    rounds = []
    for _ in range(2):
        async with probe.session() as session:
            if session.usable:
                rounds.append(await _at_once(session, plain_method(probe), fresh_id(probe)))
        if rounds and not _mixed(*rounds[-1]):
            break
    return EqualIds(control, tuple(one for one, _ in rounds), tuple(two for _, two in rounds))


async def _at_once(session: Session, method: str, rpc_id: int) -> tuple[Exchange, Exchange]:
    found: dict[str, Exchange] = {}

    async def ask(name: str) -> None:
        found[name] = await session.request(name, rpc_id=rpc_id)

    async with anyio.create_task_group() as group:
        group.start_soon(ask, method)
        group.start_soon(ask, "tools/list")
    return found[method], found["tools/list"]


def _mixed(plain: Exchange, listed: Exchange) -> bool:
    """Whether one request got the answer of the other."""
    return (plain.result is not None and "tools" in plain.result) or (
        listed.result is not None and "tools" not in listed.result
    )


@check(
    equal_ids,
    id="jsonrpc/mixes-equal-ids",
    title="Two requests under one id get each other's answers",
    requirements=("basic/response-id-matches",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Answer each POST on its own connection, or refuse an id that is in use with -32600.",
    references=("https://cwe.mitre.org/data/definitions/362.html",),
)
def mixes_equal_ids(seen: EqualIds) -> Verdict:
    """Clients must not use an id twice, and some do after a restart. A server that keeps what is in flight by the id
    alone then answers one request with what the other asked for.
    """
    pairs = list(zip(seen.plain, seen.lists, strict=False))
    mixed = [pair for pair in pairs if _mixed(*pair)]
    shown = [exchange for pair in pairs for exchange in pair]
    if len(mixed) > 1:
        return failed("Two requests under one id got each other's answers.", *shown, seen.control)
    if mixed or not any(exchange.answered and (served(exchange) or exchange.refused) for exchange in shown):
        return not_observed("the two requests were not answered, or were mixed up once only", *shown, seen.control)
    return passed(*shown, seen.control)
