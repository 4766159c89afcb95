"""Requests of several callers and over several connections (2026-07-28, basic, statelessness).

Each request stands for itself: what came before, beside it, or over the same connection does not count.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
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
    passed,
)
from mcp_audit_harness.probe import Probe

from .stateless import discover_control

_PREFIX = "io.modelcontextprotocol/"
_OTHER: JsonObject = {
    f"{_PREFIX}clientInfo": {"name": "another-client", "version": "0"},
    f"{_PREFIX}clientCapabilities": {},
}
_LISTS = (("tools", "tools/list"), ("resources", "resources/list"), ("prompts", "prompts/list"))
_MOST_ASKED = 6
"""How often each of two clients asks for a list that differs: a list that changes by chance is seen to do so."""
_MEMBERS = ("tools", "resources", "prompts", "resourceTemplates")


def _list_methods(probe: Probe) -> list[str]:
    return [method for capability, method in _LISTS if probe.offer.declares(capability)]


@dataclass(frozen=True, slots=True)
class Callers:
    """One list for this client, and for one of another name, each as often; and several requests of both at once."""

    control: Exchange
    renamed: Exchange
    control_again: tuple[Exchange, ...]
    renamed_again: tuple[Exchange, ...]
    interleaved: tuple[Exchange, ...]


@scenario(spec=STATELESS, impact=Impact.PROBING)
async def callers(probe: Probe) -> Callers:
    """Ask in an order in which lists that merely alternate differ for one name; oftener if names seem to matter."""
    method = next(iter(_list_methods(probe)), "server/discover")
    name = {f"{_PREFIX}clientInfo": _OTHER[f"{_PREFIX}clientInfo"]}
    own: list[Exchange] = []
    renamed: list[Exchange] = []
    while len(own) < _MOST_ASKED and (not own or _differ(own, renamed)):
        own.append(await probe.request(method))
        renamed.append(await probe.request(method, meta=name))
        renamed.append(await probe.request(method, meta=name))
        own.append(await probe.request(method))
    found: dict[int, Exchange] = {}

    async def ask(place: int) -> None:
        found[place] = await probe.request("server/discover", meta=_OTHER if place % 2 else None)

    async with anyio.create_task_group() as group:
        for place in range(4):
            group.start_soon(ask, place)
    return Callers(
        own[0], renamed[0], tuple(own[1:]), tuple(renamed[1:]), tuple(found[place] for place in sorted(found))
    )


@check(
    callers,
    id="stateless/answers-by-client-name",
    title="List depends on the name that the client gives itself",
    requirements=("basic/info-not-for-decisions",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Use clientInfo for logs; decide by capabilities and by who is authorized.",
    references=("https://cwe.mitre.org/data/definitions/290.html",),
)
def answers_by_client_name(seen: Callers) -> Verdict:
    """Any client can give any name. A server that shows more to some names hides nothing, and breaks the others."""
    if not _alike(seen.control, *seen.control_again):
        return not_observed("the same request gave no, or no constant, answer", seen.control, *seen.control_again)
    renamed = (seen.renamed, *seen.renamed_again)
    if all(exchange.refused for exchange in renamed):
        return failed("a client of another name was refused", seen.renamed, seen.control)
    if not _alike(*renamed):
        return not_observed("a client of another name got no, or no constant, answer", *renamed, seen.control)
    if _items(seen.renamed) != _items(seen.control):
        again = (*seen.renamed_again[:1], *seen.control_again[:1])
        return failed("a client of another name was answered otherwise", seen.renamed, seen.control, *again)
    return passed(seen.renamed, seen.control)


def _alike(*exchanges: Exchange) -> bool:
    """Whether each was served, with the same items."""
    return all(exchange.ok and _items(exchange) == _items(exchanges[0]) for exchange in exchanges)


def _differ(own: Sequence[Exchange], renamed: Sequence[Exchange]) -> bool:
    """Whether the answers to this client are served alike, and some of those to the other are otherwise."""
    return _alike(*own) and all(exchange.answered for exchange in renamed) and not _alike(own[0], *renamed)


def _items(exchange: Exchange) -> object:
    """Return what the result lists; the capabilities where it is no list."""
    result = exchange.result or {}
    return next((result[member] for member in _MEMBERS if member in result), result.get("capabilities"))


@check(
    callers,
    id="stateless/mixes-conversations",
    title="Requests of two clients at once disturb each other",
    requirements=("basic/interleaved-conversations",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Take everything that a request needs from the request itself.",
)
def mixes_conversations(seen: Callers) -> Verdict:
    """Behind a gateway the requests of many conversations come over one connection, in any order."""
    if not seen.control.ok:
        return not_observed("a single request was not served", seen.control)
    refused = [exchange for exchange in seen.interleaved if exchange.refused]
    if refused:
        return failed("a request was refused among those of another client", refused[0], seen.control)
    if not seen.interleaved or not all(exchange.ok for exchange in seen.interleaved):
        return not_observed("not every request was answered", *seen.interleaved)
    return passed(*seen.interleaved)


@dataclass(frozen=True, slots=True)
class Handle:
    """A cursor that one connection gave, used on it and on another."""

    page: Exchange
    same: Exchange
    other: Exchange


@scenario(spec=STATELESS, transports=HTTP_ONLY)
async def handle(probe: Probe) -> Handle:
    for method in (*_list_methods(probe), *(["resources/templates/list"] if probe.offer.resource_templates else [])):
        page = await probe.request(method)
        cursor = (page.result or {}).get("nextCursor")
        if isinstance(cursor, str):
            same = await probe.request(method, {"cursor": cursor})
            other = await probe.raw(probe.http_request_bytes(json.loads(same.sent.body)))
            return Handle(page, same, other)
    raise Unobservable("no list has a second page, so there is no handle to carry to another connection")


@check(
    handle,
    id="stateless/handle-bound-to-connection",
    title="Cursor is good for one connection only",
    requirements=("basic/no-connection-affinity", "basic/explicit-handles"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Put into the cursor what the next page needs, or keep it where every instance finds it.",
)
def handle_bound_to_connection(seen: Handle) -> Verdict:
    """Connections end, and load balancers spread requests; a list that needs one connection cannot be read to its
    end.
    """
    if not seen.same.ok:
        return not_observed("the cursor was refused on its own connection, too", seen.same, seen.page)
    if seen.other.ok and _items(seen.other) == _items(seen.same):
        return passed(seen.other, seen.same, seen.page)
    if seen.other.refused or seen.other.ok:
        what = "gave another page" if seen.other.ok else "was refused"
        return failed(f"on a new connection the cursor {what}", seen.other, seen.same, seen.page)
    return not_observed("no answer on a new connection", seen.other)


@dataclass(frozen=True, slots=True)
class OddHeaders:
    """server/discover with headers of the older era, and with header names in capitals."""

    control: Exchange
    last_event_id: Exchange
    session_id: Exchange
    capitals: Exchange


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def odd_headers(probe: Probe) -> OddHeaders:
    control = await discover_control(probe)
    data = probe.http_request_bytes(json.loads(control.sent.body))
    for name in (b"mcp-method", b"mcp-protocol-version"):
        data = data.replace(b"\r\n" + name + b":", b"\r\n" + name.upper() + b":", 1)
    return OddHeaders(
        control,
        last_event_id=await probe.request("server/discover", headers={"last-event-id": "mcp-audit-1"}),
        session_id=await probe.request("server/discover", headers={"mcp-session-id": "mcp-audit-1"}),
        capitals=await probe.raw(data),
    )


def _same(control: Exchange, changed: Exchange, what: str) -> Verdicts:
    if changed.refused:
        return failed(f"a request {what} was refused", changed, control)
    return passed(changed, control) if changed.ok else not_observed("the target did not answer", changed)


@check(
    odd_headers,
    id="stateless/heeds-last-event-id",
    title="Last-Event-ID is not ignored",
    requirements=("streamable-http/ignore-last-event-id", "streamable-http/single-endpoint-post"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer a POST as it is, whatever Last-Event-ID says: streams are not resumed any more.",
)
def heeds_last_event_id(seen: OddHeaders) -> Verdicts:
    """Event sources of browsers and proxies send the header by themselves."""
    return _same(seen.control, seen.last_event_id, "with Last-Event-ID")


@check(
    odd_headers,
    id="stateless/heeds-session-id",
    title="Mcp-Session-Id is not ignored",
    requirements=("streamable-http/ignore-session-header",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer a stateless request as it is, whatever Mcp-Session-Id says, and send none back.",
)
def heeds_session_id(seen: OddHeaders) -> Verdicts:
    """A client that speaks both eras may still send the id of an older session; it means nothing here."""
    for exchange in (seen.session_id, seen.control):
        if exchange.header("mcp-session-id") is not None:
            return failed("a stateless request was answered with Mcp-Session-Id", exchange)
    return _same(seen.control, seen.session_id, "with Mcp-Session-Id")


@check(
    odd_headers,
    id="headers/case-of-names-matters",
    title="Header names in capitals are not recognised",
    requirements=("streamable-http/header-names-case-insensitive",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Look headers up without regard to case.",
)
def case_of_names_matters(seen: OddHeaders) -> Verdicts:
    """Clients and proxies write header names as they like, and HTTP allows it."""
    return _same(seen.control, seen.capitals, "with header names in capitals")
