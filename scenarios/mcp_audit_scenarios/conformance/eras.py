"""One server in two eras: with the handshake and without it, it is the same server.

The specification lets a server speak both. Which one a session uses is the client's choice, made without its user, so
that a difference shows as an error that nobody can place. What only one of the revisions knows is no difference.
"""

from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Unobservable, feature, scenario
from mcp_audit_harness.model import (
    STATELESS,
    Effort,
    Era,
    Exchange,
    JsonObject,
    Offer,
    Priority,
    Sighting,
    Verdict,
    implemented,
    not_applicable,
    unseen,
)
from mcp_audit_harness.probe import Probe, Session

from ..arguments import valid_arguments
from .stateless import discover_control

_PATIENCE_S = 4.0
"""For one call: tools that take longer tell nothing here."""
KINDS = (
    ("tools", "tools", "name"),
    ("prompts", "prompts", "name"),
    ("resources", "resources", "uri"),
    ("resource_templates", "resources", "uriTemplate"),
)
"""Lists, the capability of each, and what names an item."""
CAPABILITIES = ("tools", "prompts", "resources")
_UNKNOWN = (
    ("tools", "tools/call", {"name": "mcp-audit-nowhere", "arguments": {}}),
    ("prompts", "prompts/get", {"name": "mcp-audit-nowhere"}),
    ("resources", "resources/read", {"uri": "mcp-audit://nowhere"}),
)


@dataclass(frozen=True, slots=True)
class Side:
    """What the server offers at one revision."""

    revision: str
    server_info: JsonObject
    capabilities: tuple[str, ...]
    """Those that both eras know."""
    lists: dict[str, tuple[Any, ...]]
    """What is listed, by kind."""
    complete: bool
    """Whether every list could be read to its end."""


@dataclass(frozen=True, slots=True)
class Both:
    """The same request in both eras."""

    subject: str
    older: Exchange
    newer: Exchange


@dataclass(frozen=True, slots=True)
class Eras:
    """Both sides of a server, as discovery saw them, and requests that were sent to both."""

    older: Side
    newer: Side
    opening: Both
    """initialize and server/discover."""
    call: Both | None
    """A tool that may be called."""
    unknown: tuple[Both, ...]


def both_eras(probe: Probe) -> Verdict | None:
    """Need a revision of the handshake era beside this one."""
    if any(offer.revision.era is Era.HANDSHAKE for offer in probe.survey.offers):
        return None
    return not_applicable("no revision of the handshake era was found, so there is nothing to compare with")


@scenario(spec=STATELESS, needs=(both_eras,), timeout_s=30.0, thorough=True)
async def eras(probe: Probe) -> Eras:
    older = next(offer for offer in reversed(probe.survey.offers) if offer.revision.era is Era.HANDSHAKE)
    discovered = await discover_control(probe)
    async with probe.session(revision=older.revision) as session:
        if session.opening is None or not session.usable:
            raise Unobservable(f"no session can be opened at {older.revision}", discovered)
        unknown = [
            await _both(session, probe, method, params)
            for capability, method, params in _UNKNOWN
            if older.declares(capability) and probe.offer.declares(capability)
        ]
        return Eras(
            _side(older),
            _side(probe.offer),
            Both("server", session.opening, discovered),
            await _call(session, probe, older),
            tuple(unknown),
        )


def _side(offer: Offer) -> Side:
    lists = {kind: tuple(getattr(offer, kind)) for kind, _, _ in KINDS}
    declared = tuple(name for name in CAPABILITIES if offer.declares(name))
    return Side(str(offer.revision), offer.server_info, declared, lists, not offer.notes)


async def _call(session: Session, probe: Probe, older: Offer) -> Both | None:
    """Call the first tool of both sides, one that says that it only reads where there is any."""
    there = {tool.get("name") for tool in older.tools if isinstance(tool.get("name"), str)}
    tools = [tool for tool in probe.callable_tools() if tool.get("name") in there]
    tool = next(iter(sorted(tools, key=lambda tool: not _only_reads(tool))), None)
    if tool is None:
        return None
    params = {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}
    return await _both(session, probe, "tools/call", params, _PATIENCE_S)


def _only_reads(tool: JsonObject) -> bool:
    hints = tool.get("annotations")
    return isinstance(hints, dict) and hints.get("readOnlyHint") is True


async def _both(session: Session, probe: Probe, method: str, params: JsonObject, timeout: float | None = None) -> Both:
    older = await session.request(method, params, timeout=timeout)
    newer = await probe.request(method, params, timeout=timeout)
    return Both(f"{method.partition('/')[0]}:{params.get('name', params.get('uri'))}", older, newer)


@dataclass(frozen=True, slots=True)
class Offered:
    """A discovery, and the revisions of the older era that were found."""

    discovery: Exchange
    older: tuple[str, ...]


@scenario(spec=STATELESS)
async def offered(probe: Probe) -> Offered:
    older = [str(revision) for revision in probe.survey.revisions if revision.era is Era.HANDSHAKE]
    return Offered(await discover_control(probe), tuple(older))


@feature(
    offered,
    id="eras/both",
    title="Both eras on one endpoint",
    since="2026-07-28",
    page="basic/versioning#backward-compatibility-with-initialization-based-versions",
    priority=Priority.MEDIUM,
    effort=Effort.MEDIUM,
    remediation="Serve initialize beside stateless requests until your clients have moved on.",
    requirements=("versioning/dual-era-allowed",),
)
def both_on_one_endpoint(seen: Offered) -> Sighting:
    """Most clients still begin with initialize; a server of the new era alone is out of their reach."""
    if seen.older:
        return implemented(f"also offered: {', '.join(seen.older)}", seen.discovery)
    return unseen("no revision of the handshake era was found; name them with --revision, or leave it out")
