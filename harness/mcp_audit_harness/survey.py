"""Preflight and discovery: is it there, is it MCP, which revisions does it offer, and what is in each of them?

Everything that is sent here is what an ordinary client sends; no tool is called. A target that cannot be audited
ends in a `TargetError` whose one sentence says what was seen and what to do next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import anyio

from .diagnosis import explain
from .errors import TargetError
from .model import (
    Auth,
    Era,
    Exchange,
    Exposure,
    HttpTarget,
    JsonObject,
    Offer,
    Outcome,
    Revision,
    Survey,
    Target,
    Transport,
)
from .model.target import is_loopback
from .probe import Headers
from .session.connector import Connector, LiveSession
from .session.credentials import Credentials
from .wire.codec import rpc
from .wire.own_words import initialize_params

SCENARIO = "survey"
_LISTS = (
    ("tools", "tools/list", "tools"),
    ("resources", "resources/list", "resources"),
    ("resource_templates", "resources/templates/list", "resourceTemplates"),
    ("prompts", "prompts/list", "prompts"),
)
_SERVER_INFO = "io.modelcontextprotocol/serverInfo"
_CAPABILITY = {"resource_templates": "resources"}
_MAX_PAGES = 50
_MAX_ITEMS = 5000

Keep: TypeAlias = Callable[[LiveSession], None]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One revision tried: what came back, and the offer if it is offered."""

    revision: Revision
    exchange: Exchange
    offer: Offer | None


async def survey_target(
    connector: Connector, target: Target, wanted: Sequence[Revision], keep: Keep | None = None
) -> Survey:
    """Return what the target offers at each of the `wanted` revisions (all, if empty).

    The others are tried only to tell which are offered where no wanted one is: each attempt can cost a process.
    Conversations at offered revisions are handed to `keep`, if it is given, instead of being closed.

    Raises:
        TargetError: if the target cannot be reached, is no MCP server, wants authorization, or offers none of them.
    """
    attempts: list[_Attempt] = []
    newest = await _attempt(connector, Revision.V2025_11_25, keep)
    if newest.offer is None and newest.exchange.responses == ():
        modern = await _attempt(connector, Revision.V2026_07_28, keep)
        if modern.offer is None:
            raise TargetError(await explain(connector, target, newest.exchange, modern.exchange))
        attempts.append(modern)
    attempts.append(newest)
    tried = {item.revision for item in attempts}
    rest = [revision for revision in Revision if revision not in tried and _speaks(connector, revision)]
    asked = [revision for revision in rest if not wanted or revision in wanted]
    attempts.extend(await _together(connector, asked, keep))
    if not any(item.offer and (not wanted or item.revision in wanted) for item in attempts):
        others = [revision for revision in rest if revision not in asked]
        attempts.extend(await _together(connector, others, keep))
    offers = sorted((item.offer for item in attempts if item.offer), key=lambda offer: offer.revision.position)
    if not offers:
        raise TargetError(await explain(connector, target, *(item.exchange for item in attempts)))
    chosen = tuple(offer for offer in offers if not wanted or offer.revision in wanted)
    if not chosen:
        offered = ", ".join(str(offer.revision) for offer in offers)
        raise TargetError(f"none of the requested revisions is offered; the server offers {offered}")
    auth = await _auth(connector, target, attempts, chosen[-1].revision)
    return Survey(connector.transport, target.label, exposure_of(target), chosen, auth, _unknown(attempts))


async def _together(connector: Connector, revisions: Sequence[Revision], keep: Keep | None) -> list[_Attempt]:
    """Try several revisions at once, and those that got no answer once more, one after another.

    A server that answers one initialize and is silent to another is slow to start, or the machine is busy: silence must
    not pass for a revision that is not offered. A discover request alone may be ignored for good.
    """
    attempts: dict[Revision, _Attempt] = {}

    async def attempt(revision: Revision) -> None:
        attempts[revision] = await _attempt(connector, revision, keep)

    async with anyio.create_task_group() as tasks:
        for revision in revisions:
            tasks.start_soon(attempt, revision)
    silent = [revision for revision in revisions if attempts[revision].exchange.outcome is Outcome.SILENT]
    if any(revision.era is Era.HANDSHAKE for revision in silent):
        for revision in silent:
            await attempt(revision)
    return [attempts[revision] for revision in revisions]


def _unknown(attempts: Sequence[_Attempt]) -> tuple[str, ...]:
    """Return a note for each revision of which silence tells nothing."""
    silent = sorted(item.revision for item in attempts if item.exchange.outcome is Outcome.SILENT)
    return tuple(f"{revision}: no answer within the time limit, so it counts as not offered" for revision in silent)


def exposure_of(target: Target) -> Exposure:
    """Return who can reach the target: loopback addresses and child processes are local."""
    if not isinstance(target, HttpTarget):
        return Exposure.LOCAL
    return Exposure.LOCAL if is_loopback(urlsplit(target.url).hostname or "") else Exposure.REMOTE


def _speaks(connector: Connector, revision: Revision) -> bool:
    return connector.transport is not Transport.SSE or revision.era is Era.HANDSHAKE


async def _attempt(connector: Connector, revision: Revision, keep: Keep | None) -> _Attempt:
    session = await connector.open(revision, SCENARIO)
    kept = False
    try:
        if session.opening is None:
            opening = await session.request("server/discover")
            offered = opening.result is not None and str(revision) in _versions(opening.result)
        else:
            opening = session.opening
            offered = opening.result is not None and opening.result.get("protocolVersion") == str(revision)
        offer = await _offer(session, revision, opening.result or {}) if offered else None
        kept = offered and keep is not None
        return _Attempt(revision, opening, offer)
    finally:
        if kept and keep is not None:
            keep(session)
        else:
            await session.close()


def _versions(result: JsonObject) -> Sequence[object]:
    versions = result.get("supportedVersions")
    return versions if isinstance(versions, list) else ()


async def _offer(session: LiveSession, revision: Revision, result: JsonObject) -> Offer:
    capabilities = _object(result.get("capabilities"))
    info = _object(result.get("serverInfo")) or _object(_object(result.get("_meta")).get(_SERVER_INFO))
    instructions = result.get("instructions")
    lists: dict[str, tuple[JsonObject, ...]] = {}
    notes: list[str] = []
    for field, method, member in _LISTS:
        if isinstance(capabilities.get(_CAPABILITY.get(field, field)), dict):
            lists[field], note = await _list(session, method, member)
            notes.extend([note] if note else [])
    return Offer(
        revision=revision,
        server_info=info,
        capabilities=capabilities,
        instructions=instructions if isinstance(instructions, str) else "",
        tools=lists.get("tools", ()),
        resources=lists.get("resources", ()),
        resource_templates=lists.get("resource_templates", ()),
        prompts=lists.get("prompts", ()),
        notes=tuple(notes),
    )


async def _list(session: LiveSession, method: str, member: str) -> tuple[tuple[JsonObject, ...], str]:
    """Return the items of a paginated list, and a note if it could not be read to its end."""
    items: list[JsonObject] = []
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(_MAX_PAGES):
        exchange = await session.request(method, {"cursor": cursor} if cursor is not None else None)
        if exchange.result is None:
            return tuple(items), f"{method} gave no result ({_why(exchange)})"
        page = exchange.result.get(member)
        items.extend(item for item in (page if isinstance(page, list) else ()) if isinstance(item, dict))
        following = exchange.result.get("nextCursor")
        if not isinstance(following, str):
            return tuple(items), ""
        if following in seen or len(items) > _MAX_ITEMS:
            break
        seen.add(following)
        cursor = following
    return tuple(items[:_MAX_ITEMS]), f"{method} was cut after {len(items)} items"


def _why(exchange: Exchange) -> str:
    if exchange.error is not None:
        return f"error {exchange.error_code}"
    return exchange.outcome.value if exchange.status is None else f"HTTP {exchange.status}"


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


async def _auth(connector: Connector, target: Target, attempts: Sequence[_Attempt], revision: Revision) -> Auth:
    """Return what callers without credentials hear; a caller with credentials asks once without them."""
    heard = [item.exchange for item in attempts]
    if isinstance(target, HttpTarget) and connector.transport is Transport.HTTP:
        credentials = Credentials.of(target)
        if credentials.own:
            heard.append(await _anonymous(connector, revision, credentials.anonymous()))
    for exchange in heard:
        if exchange.status in {401, 403}:
            scheme = (exchange.header("www-authenticate") or "").partition(" ")[0]
            return Auth(required=True, scheme=scheme)
    return Auth()


async def _anonymous(connector: Connector, revision: Revision, headers: Headers) -> Exchange:
    session = await connector.unopened(revision, SCENARIO)
    if revision.era is Era.STATELESS:
        return await session.request("server/discover", headers=headers)
    opening = await session.send(rpc("initialize", initialize_params(str(revision)), 1), headers=headers)
    if session_id := opening.header("mcp-session-id"):
        await session.http("DELETE", headers={**headers, "mcp-session-id": session_id})
    return opening
