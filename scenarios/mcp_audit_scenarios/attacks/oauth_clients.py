"""A client that registers itself with the target's own authorization server, and where its users are sent.

What is registered is named after the auditor and deleted again where the server says how. No user logs in, no redirect
is followed off the target's origin, and the addresses of the client do not exist (RFC 2606).
"""

import base64
import json
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from mcp_audit_harness.declare import Bench, Unobservable, scenario
from mcp_audit_harness.model import HTTP_ONLY, Exchange, Impact, Verdict, since
from mcp_audit_harness.probe import Probe

from ..conformance.challenge import guarded
from ..conformance.trials import Trial, how
from .browsing import Flow, browsed, consented_to
from .oauth_metadata import document_of, own_path, own_server
from .occasions import newest_only

NO_CLIENTS = "the server has no login of its own with which clients register"
CALLBACK = "https://client.mcp-audit.example/callback"
STRANGER = "https://attacker.example/callback"
_BAD = (
    ("a script", "javascript:alert(1)"),
    ("a page in an address", "data:text/html,mcp-audit"),
    ("an address without TLS", "http://attacker.example/callback"),
    ("an address with a fragment", f"{CALLBACK}#fragment"),
)
_LIKE = (
    ("another site", STRANGER),
    ("a longer path", f"{CALLBACK}/more"),
    ("a longer name", "https://client.mcp-audit.example.attacker.example/callback"),
    ("another port", "https://client.mcp-audit.example:8443/callback"),
    ("capital letters in the path", "https://client.mcp-audit.example/CALLBACK"),
    ("a user before the host", "https://attacker.example@client.mcp-audit.example/callback"),
    ("an encoded path", "https://client.mcp-audit.example/%63allback"),
    ("a path that climbs", f"{CALLBACK}/../elsewhere"),
)


@dataclass(frozen=True, slots=True)
class Registrations:
    """Registration of a good client, and of ones with bad addresses; None where clients cannot register."""

    metadata: Exchange
    good: Exchange | None
    bad: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True)
class Flows:
    """Authorization requests of a client that was registered for them: as it should be, and with one thing changed."""

    registered: Exchange
    client_id: str
    name: str
    """The markup in the name of the client."""
    control: Flow
    again: Flow
    without_pkce: Flow
    plain_pkce: Flow
    redirects: tuple[tuple[str, Flow], ...]
    consented: Flow | None
    """Where the form on the page leads, sent as a browser sends it; None where there is no page with a form."""
    returned: Exchange | None
    """The way back from another login, by a browser that was never there; None where no user is passed on."""


@dataclass(frozen=True, slots=True)
class Login:
    """The login on the target's own origin; None where there is none, or none for clients that register."""

    metadata: Exchange
    flows: Flows | None


def registering(probe: Probe) -> Verdict | None:
    """Need a server that asks for tokens; whether it registers clients is found out."""
    return guarded(probe) or newest_only(probe)


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.INTRUSIVE,
    needs=(registering,),
    timeout_s=30.0,
    bench=Bench.AUTHORIZED,
)
async def registrations(probe: Probe) -> Registrations:
    found, answer = await own_server(probe)
    endpoint = own_path(probe, found, "registration_endpoint")
    if endpoint is None:
        return Registrations(answer, None)
    good = await _register(probe, endpoint, CALLBACK)
    if not is_registered(good):
        raise Unobservable(f"a good client is answered with {how(good)}", good, answer)
    bad = [Trial(name, await _register(probe, endpoint, uri)) for name, uri in _BAD]
    for exchange in (good, *(trial.exchange for trial in bad)):
        await _forget(probe, exchange)
    return Registrations(answer, good, tuple(bad))


@scenario(
    transports=HTTP_ONLY,
    impact=Impact.INTRUSIVE,
    needs=(registering,),
    timeout_s=30.0,
    bench=Bench.AUTHORIZED,
)
async def flows(probe: Probe) -> Login:
    found, answer = await own_server(probe)
    endpoint, ask = (own_path(probe, found, f"{name}_endpoint") for name in ("registration", "authorization"))
    if endpoint is None or ask is None:
        return Login(answer, None)
    marker = f"<mcp-audit-{probe.rng.getrandbits(48):012x}>"
    registered = await _register(probe, endpoint, CALLBACK, f"mcp-audit {marker}")
    client_id = str(document_of(registered).get("client_id", ""))
    if not is_registered(registered):
        raise Unobservable(f"a good client is answered with {how(registered)}", registered, answer)
    request = _request(probe, client_id)
    control = await browsed(probe, ask, request)
    if not control.goes_on:
        raise Unobservable(
            f"a good authorization request is answered with {how(control.last)}", *control.hops, registered
        )
    consented = await consented_to(probe, control)
    seen = Flows(
        registered,
        client_id,
        marker,
        control,
        await browsed(probe, ask, request),
        without_pkce=await browsed(probe, ask, _without(request, "code_challenge", "code_challenge_method")),
        plain_pkce=await browsed(probe, ask, {**request, "code_challenge_method": "plain"}),
        redirects=tuple([(name, await browsed(probe, ask, {**request, "redirect_uri": uri})) for name, uri in _LIKE]),
        consented=consented,
        returned=await _return(probe, upstream_of(consented or control, client_id)),
    )
    await _forget(probe, registered)
    return Login(answer, seen)


def is_registered(exchange: Exchange) -> bool:
    """Whether a registration gave a client id."""
    return exchange.status in {200, 201} and isinstance(document_of(exchange).get("client_id"), str)


async def _register(probe: Probe, endpoint: str, redirect_uri: str, name: str = "mcp-audit") -> Exchange:
    client = {
        "client_name": name,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    headers = {**probe.anonymous(), "content-type": "application/json", "accept": "application/json"}
    return await probe.http("POST", path=endpoint, headers=headers, body=json.dumps(client).encode())


async def _forget(probe: Probe, registered: Exchange) -> None:
    """Delete a client, where the server says how (RFC 7592)."""
    found = document_of(registered) if is_registered(registered) else {}
    path, token = own_path(probe, found, "registration_client_uri"), found.get("registration_access_token")
    if path is not None and isinstance(token, str):
        await probe.http("DELETE", path=path, headers={**probe.anonymous(), "authorization": f"Bearer {token}"})


def _request(probe: Probe, client_id: str) -> dict[str, str]:
    verifier = probe.rng.randbytes(32).hex()
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "state": f"mcp-audit-{probe.rng.getrandbits(64):016x}",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "resource": probe.url,
    }


def _without(request: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in request.items() if name not in names}


async def _return(probe: Probe, upstream: dict[str, str]) -> Exchange | None:
    """Come back from another login with a code that it never gave, in a browser without cookies."""
    path = own_path(probe, dict(upstream), "redirect_uri")
    if path is None or "state" not in upstream:
        return None
    told = urlencode({"state": upstream["state"], "code": "mcp-audit-made-up"})
    return await probe.http("GET", path=f"{path}?{told}", headers={**probe.anonymous(), "accept": "text/html"})


def upstream_of(flow: Flow, client_id: str) -> dict[str, str]:
    """Return the request that a proxy makes of somebody else's login in its own name; empty if it makes none."""
    location = flow.location
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()} if location else {}
    own_name = asked.get("client_id", client_id)
    is_other = bool(location) and urlsplit(location).netloc not in {"", urlsplit(CALLBACK).netloc}
    return asked if is_other and own_name != client_id and "redirect_uri" in asked else {}
