"""The document by which a client finds out where tokens come from: protected resource metadata (RFC 9728).

It is asked for at the target's own origin only: where the challenge says, at the well-known address of the endpoint's
path, and at that of the origin. No address that it names is fetched.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Bench, Unobservable, check, feature, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Effort,
    Exchange,
    Impact,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    Verdict,
    failed,
    implemented,
    missing,
    not_observed,
    since,
    unseen,
)
from mcp_audit_harness.probe import Headers, Probe

from .addresses import address_of
from .challenge import bearer, bearer_guarded, opening, out_of_order, passes, welcomed
from .trials import Trial, how

WELL_KNOWN = "/.well-known/oauth-protected-resource"
ATTACKER = "attacker.example"
_ELSEWHERE = "the challenge names an address on another origin, where nothing is fetched"
_NONE = "the server publishes no resource metadata, which is a finding of its own"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The refusal of a caller without a token, and what was published where."""

    url: str
    """The endpoint, without its query."""
    refused: Exchange
    elsewhere: str
    """The address that the challenge names, if it is not on the target's origin."""
    places: tuple[Trial, ...]
    """Every place that was asked, each named after its path."""
    disguised: tuple[Trial, ...]
    """The document and the challenge, asked for under another name of the server."""


@scenario(
    spec=since("2025-06-18"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded,),
    bench=Bench.AUTHORIZED,
)
async def resource_metadata(probe: Probe) -> Metadata:
    await welcomed(probe)
    refused = await opening(probe, probe.anonymous())
    if out_of_order(refused):
        raise Unobservable(f"without a token the server answers {how(refused)}", refused)
    url = urlsplit(probe.url)
    challenge = bearer(refused)
    named = challenge.parameters.get("resource_metadata", "") if challenge else ""
    is_own = named.startswith("/") or (address_of(named) is not None and _same_origin(named, probe.url))
    paths = [_path(named)] if named and is_own else []
    paths += [WELL_KNOWN + url.path.rstrip("/"), WELL_KNOWN]
    places = tuple([Trial(path, await _get(probe, path)) for path in dict.fromkeys(paths)])
    published = next((trial.name for trial in places if document(trial.exchange)), None)
    return Metadata(
        url=f"{url.scheme}://{url.netloc}{url.path}",
        refused=refused,
        elsewhere="" if is_own else named,
        places=places,
        disguised=await _disguised(probe, published),
    )


def _path(address: str) -> str:
    parts = urlsplit(address)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _same_origin(one: str, other: str) -> bool:
    first, second = address_of(one), address_of(other)
    return first is not None and second is not None and first.origin == second.origin


async def _get(probe: Probe, path: str, headers: Headers | None = None) -> Exchange:
    sent = {**probe.anonymous(), "accept": "application/json", **(headers or {})}
    return await probe.http("GET", path=path, headers=sent)


async def _disguised(probe: Probe, path: str | None) -> tuple[Trial, ...]:
    disguises: tuple[tuple[str, Headers], ...] = (
        ("Host", {"host": ATTACKER}),
        ("X-Forwarded-Host", {"x-forwarded-host": ATTACKER, "x-forwarded-proto": "https"}),
        ("Forwarded", {"forwarded": f"host={ATTACKER};proto=https"}),
    )
    trials = []
    for name, headers in disguises:
        if path is not None:
            trials.append(Trial(f"{name} of the document's request", await _get(probe, path, headers)))
        refused = await opening(probe, {**probe.anonymous(), **headers})
        trials.append(Trial(f"{name} of a request without a token", refused))
    return tuple(trials)


def document(exchange: Exchange) -> JsonObject:
    """Return the metadata in an answer; empty if it holds none."""
    if exchange.status != 200:
        return {}
    try:
        found: Any = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("resource"), str) else {}


def published(seen: Metadata) -> tuple[JsonObject, Exchange | None]:
    """Return the metadata that a client finds first, and the answer that holds it."""
    for trial in seen.places:
        if found := document(trial.exchange):
            return found, trial.exchange
    return {}, None


def scopes_of(found: JsonObject) -> frozenset[str]:
    """Return the scopes that a document lists."""
    scopes = found.get("scopes_supported")
    return frozenset(scope for scope in scopes if isinstance(scope, str)) if isinstance(scopes, list) else frozenset()


def servers_of(found: JsonObject) -> tuple[str, ...]:
    """Return the authorization servers that a document lists."""
    servers = found.get("authorization_servers")
    return tuple(item for item in servers if isinstance(item, str)) if isinstance(servers, list) else ()


def unpublished(seen: Metadata) -> Verdict:
    """Return what is said of a document that was not found."""
    return not_observed(_ELSEWHERE if seen.elsewhere else _NONE, seen.refused)


@feature(
    resource_metadata,
    id="authorization/protected-resource-metadata",
    title="Protected resource metadata (RFC 9728)",
    since="2025-06-18",
    page="basic/authorization#authorization-server-location",
    priority=Priority.HIGH,
    effort=Effort.SMALL,
    remediation="Serve the metadata document at the well-known address, and name it in the challenge of each 401.",
)
def protected_resource_metadata(seen: Metadata) -> Sighting:
    """With it a client finds the authorization server by itself; without it every user has to be told."""
    found, where = published(seen)
    if where is not None and where.answered:
        return implemented(f"published for {found['resource']}", where)
    asked = [trial.exchange for trial in seen.places if not out_of_order(trial.exchange)]
    if seen.elsewhere or not asked:
        return unseen(_ELSEWHERE if seen.elsewhere else "the addresses of the metadata were not answered")
    return missing("no document at any of its addresses", *asked)


@check(
    resource_metadata,
    id="authorization/no-resource-metadata",
    title="The server does not say where tokens come from",
    requirements=(
        "authorization/implement-prm",
        "authorization-server-discovery/prm-discovery-mechanism",
        "authorization/discovery-requirements",
    ),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Publish protected resource metadata at `/.well-known/oauth-protected-resource` plus your path.",
    references=("https://www.rfc-editor.org/rfc/rfc9728",),
    effort=Effort.MEDIUM,
)
def no_resource_metadata(seen: Metadata) -> Verdict:
    """Clients look for this document when they are refused. Without it they do not know which authorization server to
    send their user to.
    """
    _, where = published(seen)
    if where is not None:
        return passes(where, seen.refused)
    if seen.elsewhere:
        return not_observed(_ELSEWHERE, seen.refused)
    asked = [trial.exchange for trial in seen.places]
    if all(out_of_order(exchange) for exchange in asked):
        return not_observed("the addresses of the metadata were not answered", *asked)
    names = " and ".join(trial.name for trial in seen.places)
    return failed(f"There is no resource metadata at {names}.", *asked, seen.refused)


@check(
    resource_metadata,
    id="authorization/metadata-for-other-resource",
    title="The resource metadata is about another server",
    requirements=("derived/prm-resource-matches",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Let `resource` be the URL that clients use for this endpoint.",
    references=("https://www.rfc-editor.org/rfc/rfc9728#section-3.3",),
)
def metadata_for_other_resource(seen: Metadata) -> Verdict:
    """Clients have to refuse metadata that is not about the server they asked, or a malicious server could send them
    for tokens of another one. A resource that contains the endpoint is taken for right, as are the names of loopback.
    """
    found, where = published(seen)
    if where is None:
        return unpublished(seen)
    resource, own = address_of(found["resource"]), address_of(seen.url)
    if own is not None and resource is not None and resource.contains(own):
        return passes(where)
    return failed(f"The metadata is about {found['resource']!r}, not about {seen.url}.", where)


@check(
    resource_metadata,
    id="authorization/metadata-without-servers",
    title="The resource metadata names no authorization server",
    requirements=("authorization/prm-authorization-servers",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="List the issuer URL of at least one authorization server in `authorization_servers`.",
)
def metadata_without_servers(seen: Metadata) -> Verdict:
    """The list is what the document is for: RFC 9728 leaves it optional, MCP does not."""
    found, where = published(seen)
    if where is None:
        return unpublished(seen)
    servers = servers_of(found)
    if not servers:
        return failed("The metadata lists no authorization server.", where)
    odd = next((server for server in servers if address_of(server) is None or "?" in server), None)
    if odd is not None:
        message = f"The metadata names {odd[:200]!r} as an authorization server: no URL without query and fragment."
        return failed(message, where)
    return passes(where)
