"""2025-03-26, where the server issues its tokens itself: what clients find at its origin (page `basic/authorization`).

Later revisions leave this to an authorization server of its own. A server that names one is not judged here.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from mcp_audit_harness.declare import Bench, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Effort,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    since,
)
from mcp_audit_harness.probe import Probe

from .addresses import address_of
from .authorization_metadata import WELL_KNOWN, document
from .challenge import bearer_guarded, opening, out_of_order, passes, welcomed

SERVER = "/.well-known/oauth-authorization-server"
STRANGER = "https://attacker.example/callback"
_NO_SERVER = "the server does not say that it issues tokens itself"


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """What is found at the origin of the endpoint."""

    refused: Exchange
    resource: tuple[Exchange, ...]
    """The metadata by which later revisions name another authorization server."""
    metadata: Exchange
    """At the base URL, which is the origin."""
    beside: Exchange
    """At the address with the endpoint's path, where nobody looks at this revision."""
    defaults: tuple[Exchange, ...]
    """The endpoints that stand in for metadata: /authorize and /token."""
    redirected: Exchange | None
    """The answer to a made-up client that wants to be sent to a stranger."""


@scenario(
    spec=since("2025-03-26").before("2025-06-18"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded,),
    bench=Bench.AUTHORIZED,
)
async def token_issuer(probe: Probe) -> TokenIssuer:
    await welcomed(probe)
    path = urlsplit(probe.url).path.rstrip("/")
    metadata = await _get(probe, SERVER)
    found = issuer_of(metadata)
    return TokenIssuer(
        refused=await opening(probe, probe.anonymous()),
        resource=tuple([await _get(probe, place) for place in dict.fromkeys((WELL_KNOWN + path, WELL_KNOWN))]),
        metadata=metadata,
        beside=await _get(probe, SERVER + path),
        defaults=() if found else (await _get(probe, "/authorize"), await _post(probe, "/token")),
        redirected=await _stray(probe, found),
    )


async def _get(probe: Probe, path: str) -> Exchange:
    headers = {"accept": "application/json, text/html", "mcp-protocol-version": str(probe.revision)}
    return await probe.http("GET", path=path, headers={**probe.anonymous(), **headers})


async def _post(probe: Probe, path: str) -> Exchange:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await probe.http("POST", path=path, headers={**probe.anonymous(), **headers}, body=b"")


async def _stray(probe: Probe, found: JsonObject) -> Exchange | None:
    endpoint, own = address_of(found.get("authorization_endpoint")), address_of(probe.url)
    if endpoint is None or own is None or endpoint.origin != own.origin:
        return None
    query = {
        "response_type": "code",
        "client_id": "mcp-audit-made-up",
        "redirect_uri": STRANGER,
        "state": "mcp-audit",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return await _get(probe, f"{endpoint.path or '/'}?{urlencode(query)}")


def issuer_of(exchange: Exchange) -> JsonObject:
    """Return the metadata of an authorization server in an answer; empty if it holds none."""
    if exchange.status != 200:
        return {}
    try:
        found: Any = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return {}
    whole = isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("issuer", "token_endpoint"))
    return found if whole else {}


@check(
    token_issuer,
    id="authorization/no-token-issuer",
    title="Clients of 2025-03-26 find nobody who issues tokens",
    requirements=(
        "authorization/as-metadata-on-server",
        "authorization/metadata-endpoint-location",
        "authorization/authorization-base-url",
        "authorization/default-endpoint-paths",
    ),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Serve `/.well-known/oauth-authorization-server` at the origin, or name your issuer by RFC 9728.",
    references=("https://www.rfc-editor.org/rfc/rfc8414",),
    effort=Effort.MEDIUM,
)
def no_token_issuer(seen: TokenIssuer) -> Verdict:
    """A client of this revision looks for metadata at the origin, and else takes /authorize and /token there. A server
    that offers the revision, wants tokens, and has neither cannot be logged in to.
    """
    if issuer_of(seen.metadata):
        return passes(seen.metadata)
    if any(document(exchange) for exchange in seen.resource):
        return not_applicable("it names its authorization server as later revisions ask", *seen.resource)
    asked = (seen.metadata, *seen.defaults)
    if any(out_of_order(exchange) for exchange in asked):
        return not_observed("not all of the addresses were answered", *asked)
    if all(exchange.status not in {404, 405, 501} for exchange in seen.defaults):
        return passes(*seen.defaults)
    if issuer_of(seen.beside):
        return failed(f"The metadata is at {seen.beside.sent.path}, not at {SERVER}.", seen.beside, *asked)
    return failed(f"There is nothing at {SERVER}, nor at /authorize and /token.", *asked, seen.refused)


@check(
    token_issuer,
    id="authorization/no-client-registration",
    title="Clients cannot register by themselves",
    requirements=("authorization/dcr-support",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Offer dynamic client registration (RFC 7591), and name its endpoint in the metadata.",
    references=("https://www.rfc-editor.org/rfc/rfc7591",),
    effort=Effort.MEDIUM,
)
def no_client_registration(seen: TokenIssuer) -> Verdict:
    """A client cannot know every server beforehand. Without registration its user has to get a client id by hand."""
    found = issuer_of(seen.metadata)
    if not found:
        return not_applicable(_NO_SERVER, seen.metadata)
    if not isinstance(found.get("registration_endpoint"), str):
        return failed("The metadata of the authorization server names no registration_endpoint.", seen.metadata)
    return passes(seen.metadata)


@check(
    token_issuer,
    id="authorization/redirects-anywhere",
    title="The authorization endpoint sends users wherever it is told",
    requirements=("authorization/validate-redirect-uris",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Compare redirect_uri with those that the client registered, as a whole, before you redirect.",
    references=(
        "https://cwe.mitre.org/data/definitions/601.html",
        "https://www.rfc-editor.org/rfc/rfc9700#section-4.1",
    ),
)
def redirects_anywhere(seen: TokenIssuer) -> Verdict:
    """A link to the trusted server that ends at the attacker's site is how codes and passwords are fished for."""
    if seen.redirected is None:
        return not_applicable(_NO_SERVER, seen.metadata)
    if out_of_order(seen.redirected):
        return not_observed("the authorization endpoint did not answer", seen.redirected)
    target = seen.redirected.header("location") or ""
    if seen.redirected.status in {301, 302, 303, 307, 308} and target.startswith(STRANGER):
        return failed("A client that nobody knows was redirected to an address of its choice.", seen.redirected)
    return passes(seen.redirected)
