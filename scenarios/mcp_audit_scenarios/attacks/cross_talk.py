"""Several clients at once: whose answer reaches whom, and what a connection remembers of the request before.

Every call carries a random marker that the server is known to repeat, and all clients use the same JSON-RPC ids. A
marker in the answer of another client cannot have got there by itself.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STATELESS,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_observed,
)
from mcp_audit_harness.probe import Probe, Session

from ..arguments import valid_arguments
from ..conformance.trials import how, plain_method
from .evidence import passed_if_answered
from .occasions import newest_of_era

_CLIENTS, _ROUNDS = 6, 5
_TRIED = 3
_PATIENCE_S = 2.0
"""An answer that went to another client never comes."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A request with a marker of its own, and its answer."""

    marker: str
    answer: Exchange


@dataclass(frozen=True, slots=True)
class Crowd:
    """Clients that ask at once, under the same ids; `control` shows that the server repeats a marker."""

    control: Marked
    crowd: tuple[Marked, ...]


def _echoes(probe: Probe, marker: str) -> Iterator[tuple[str, JsonObject]]:
    """Yield requests whose answers many servers make of what was asked."""
    for tool in probe.callable_tools()[:_TRIED]:
        schema = tool.get("inputSchema")
        properties = schema.get("properties") if isinstance(schema, dict) else None
        for name, inner in properties.items() if isinstance(properties, dict) else ():
            if isinstance(inner, dict) and inner.get("type") == "string" and "enum" not in inner:
                yield "tools/call", {"name": tool.get("name"), "arguments": {**valid_arguments(schema), name: marker}}
                break
    if probe.offer.declares("tools"):
        yield "tools/call", {"name": marker, "arguments": {}}
    if probe.offer.declares("prompts"):
        yield "prompts/get", {"name": marker}
    if probe.offer.declares("resources"):
        yield "resources/read", {"uri": f"audit://{marker}"}
    yield f"audit/{marker}", {}


def _marker(probe: Probe) -> str:
    return f"client-{probe.rng.getrandbits(64):016x}"


async def _echoing(probe: Probe, session: Session) -> tuple[int, Marked]:
    """Return which of the requests is answered with its marker, and the proof."""
    marker = _marker(probe)
    answers: list[Exchange] = []
    for place, (method, params) in enumerate(_echoes(probe, marker)):
        answers.append(await session.request(method, params))
        if marker in answers[-1].body:
            return place, Marked(marker, answers[-1])
    raise Unobservable("no answer repeats anything of its request, so that the answers of clients look alike", *answers)


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), timeout_s=30.0, thorough=True)
async def crowd(probe: Probe) -> Crowd:
    found: list[Marked] = []

    async def ask(session: Session, place: int, rpc_id: int) -> None:
        marker = _marker(probe)
        method, params = list(_echoes(probe, marker))[place]
        found.append(Marked(marker, await session.request(method, params, rpc_id=rpc_id, timeout=_PATIENCE_S)))

    async with probe.session() as alone:
        place, control = await _echoing(probe, alone)
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(probe.session()) for _ in range(_CLIENTS)]
        if not all(session.usable for session in sessions):
            raise Unobservable("several sessions could not be opened at the same time")
        for number in range(_ROUNDS):
            async with anyio.create_task_group() as tasks:
                for session in sessions:
                    tasks.start_soon(ask, session, place, 1000 + number)
            if _crossed(found) or not any(one.answer.answered for one in found):
                break
    return Crowd(control, tuple(found))


def _crossed(crowd: Sequence[Marked]) -> tuple[Marked, Marked] | None:
    """Return an answer that holds the marker of another request, and that request."""
    for one in crowd:
        other = next((two for two in crowd if two is not one and two.marker in one.answer.body), None)
        if other is not None:
            return one, other
    return None


@check(
    crowd,
    id="sessions/answer-of-another-client",
    title="A client gets the answer of another client",
    requirements=("sessions/of-their-own", "basic/response-id-matches"),
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation="Make a transport, and a server object that is bound to it, for each client; key caches by the caller.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2026-25536",
        "https://github.com/advisories/GHSA-w2fm-25vw-vh7f",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-48529",
        "https://cwe.mitre.org/data/definitions/362.html",
    ),
)
def answer_of_another_client(seen: Crowd) -> Verdict:
    """All clients count their requests from the same number. A server object or transport that several share sends an
    answer to whoever waits under that number, with all that it says of the other's files, mail and money.
    """
    crossed = _crossed(seen.crowd)
    if crossed is not None:
        one, other = crossed
        text = f"The answer to the request with {one.marker} holds {other.marker}, which another client sent."
        return failed(text, one.answer, other.answer, seen.control.answer)
    own = [one for one in seen.crowd if one.marker in one.answer.body]
    if not own or len(own) * 2 < len(seen.crowd):
        return not_observed(
            f"only {len(own)} of {len(seen.crowd)} answers repeat anything of their request", seen.control.answer
        )
    message = f"{len(seen.crowd)} requests of {_CLIENTS} clients, each answered with its own marker"
    return passed_if_answered(seen.control.answer, own[0].answer, own[-1].answer, message=message)


@dataclass(frozen=True, slots=True)
class KeptConnection:
    """A request without any context: on a connection of its own, and on one that has just carried a whole one."""

    alone: Exchange
    whole: Exchange
    behind: Exchange
    again: Exchange | None = None


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def kept_connection(probe: Probe) -> KeptConnection:
    control = await probe.request(plain_method(probe))
    if not control.ok:
        raise Unobservable(f"{plain_method(probe)} was answered with {how(control)}", control)
    whole: JsonObject = json.loads(control.sent.body)
    params = {key: value for key, value in (whole.get("params") or {}).items() if key != "_meta"}
    bare: JsonObject = {**whole, "id": 7001, "params": params}
    kept = {"connection": "keep-alive"}
    first = probe.http_request_bytes(whole, headers=kept)
    second = probe.http_request_bytes(
        bare, headers={**kept, "mcp-protocol-version": None, "mcp-method": None, "mcp-name": None}
    )
    async with probe.link() as link:
        await link.send(second)
        alone = await link.answer(bare)
    pairs: list[tuple[Exchange, Exchange]] = []
    while len(pairs) < 2 and all(behind.ok for _, behind in pairs):
        async with probe.link() as link:
            await link.send(first)
            before = await link.answer(whole)
            await link.send(second)
            pairs.append((before, await link.answer(bare)))
    return KeptConnection(alone, *pairs[0], pairs[1][1] if len(pairs) > 1 else None)


@check(
    kept_connection,
    id="stateless/connection-remembers",
    title="A connection remembers what the request before it said",
    requirements=("basic/no-connection-affinity",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Take version, capabilities and identity from each request; keep nothing at the connection.",
    references=("https://cwe.mitre.org/data/definitions/488.html",),
)
def connection_remembers(seen: KeptConnection) -> Verdict:
    """Proxies put the requests of many clients onto one connection. What it remembers of one of them, its version, its
    capabilities or who it is, then counts for the next.
    """
    if seen.alone.ok:
        return not_observed("a request without context is served on any connection", seen.alone)
    if not (seen.whole.ok and seen.alone.answered):
        return not_observed("an ordinary request on a kept connection was not served", seen.whole, seen.alone)
    if seen.behind.ok and seen.again is not None and seen.again.ok:
        text = "The server served a request without context because of the one before it on the same connection."
        return failed(text, seen.behind, seen.whole, seen.alone)
    if not seen.behind.answered:
        return not_observed("the connection was not kept open", seen.behind, seen.whole, seen.alone)
    return passed_if_answered(seen.behind, seen.whole, seen.alone)
