"""Faults in what clients are told about where tokens come from."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from oraclepack_faults.fault import ASGIApp, Event, Receive, Scope, Send, wraps_http
from oraclepack_faults.transport.asgi import field, respond
from oraclepack_faults.transport.authorization import changing_refusals, without_parameter

WELL_KNOWN = "/.well-known/oauth-protected-resource"

Document: TypeAlias = dict[str, Any]


def changing_metadata(app: ASGIApp, change: Callable[[Scope, Document], Document | None]) -> ASGIApp:
    """Wrap an app: the document of the resource goes out as `change` leaves it; None takes it away."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(WELL_KNOWN):
            await app(scope, receive, send)
            return
        events: list[Event] = []

        async def kept(event: Event) -> None:
            events.append(event)

        await app(scope, receive, kept)
        document = _document(b"".join(event.get("body", b"") for event in events))
        changed = change(scope, document) if "resource" in document else document
        if changed is None:
            await respond(send, 404, b"Not Found")
        elif changed is document:
            for event in events:
                await send(event)
        else:
            await respond(send, 200, json.dumps(changed).encode(), "application/json")

    return served


def _document(body: bytes) -> Document:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@wraps_http("authorization/no-resource-metadata", "transport")
def publishes_nothing(app: ASGIApp) -> ASGIApp:
    """There is no metadata of the resource."""
    return changing_metadata(app, lambda *_: None)


@wraps_http("authorization/metadata-for-other-resource", "transport")
def speaks_of_another(app: ASGIApp) -> ASGIApp:
    """The metadata is about another resource."""
    return changing_metadata(app, lambda _, document: {**document, "resource": "https://other.example/mcp"})


@wraps_http("authorization/metadata-without-servers", "transport")
def names_no_server(app: ASGIApp) -> ASGIApp:
    """The metadata lists no authorization server."""
    return changing_metadata(app, lambda _, document: {**document, "authorization_servers": []})


@wraps_http("authorization/metadata-follows-host-header", "transport")
def believes_forwarding(app: ASGIApp) -> ASGIApp:
    """The metadata names the host that the request says it was forwarded for."""

    def changed(scope: Scope, document: Document) -> Document:
        host = field(scope, "x-forwarded-host")
        return {**document, "resource": f"https://{host}/mcp"} if host else document

    return changing_metadata(app, changed)


@wraps_http("authorization/without-tls", "transport")
def names_plain_server(app: ASGIApp) -> ASGIApp:
    """The authorization server is reached without TLS."""
    return changing_metadata(app, lambda _, document: {**document, "authorization_servers": ["http://login.example/"]})


@wraps_http("authorization/resource-with-trailing-slash", "transport")
def ends_with_a_slash(app: ASGIApp) -> ASGIApp:
    """The resource ends with a slash."""
    return changing_metadata(app, lambda _, document: {**document, "resource": f"{document['resource']}/"})


@wraps_http("authorization/asks-for-offline-access", "transport")
def lists_offline_access(app: ASGIApp) -> ASGIApp:
    """The metadata lists the scope offline_access."""
    scopes = ["packs:read", "offline_access"]
    return changing_metadata(app, lambda _, document: {**document, "scopes_supported": scopes})


@wraps_http("authorization/challenge-without-scope", "transport")
def challenges_without_scope(app: ASGIApp) -> ASGIApp:
    """The challenge names no scope."""
    return changing_refusals(app, lambda _, start: without_parameter(start, "scope"), shown=False)


@wraps_http("authorization/no-token-issuer", "transport")
def names_nobody(app: ASGIApp) -> ASGIApp:
    """Nothing says who issues tokens."""
    return changing_metadata(app, lambda *_: None)


def issuing(app: ASGIApp, *, registers: bool) -> ASGIApp:
    """Wrap an app: it says that it issues tokens itself, and sends whoever asks for one back to any address."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        origin = f"http://{field(scope, 'host')}" if scope["type"] == "http" else ""
        if path == "/.well-known/oauth-authorization-server":
            document: Document = {"issuer": origin, "response_types_supported": ["code"]}
            document["code_challenge_methods_supported"] = ["S256"]
            names = ("authorization", "token", "registration") if registers else ("authorization", "token")
            document |= {f"{name}_endpoint": f"{origin}/faulty/{name}" for name in names}
            await respond(send, 200, json.dumps(document).encode(), "application/json")
        elif path == "/faulty/authorization" and registers:
            target = parse_qs(scope["query_string"].decode("latin-1"))["redirect_uri"][0]
            await send({"type": "http.response.start", "status": 302, "headers": [(b"location", target.encode())]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await app(scope, receive, send)

    return served


@wraps_http("authorization/no-client-registration", "transport")
def registers_nobody(app: ASGIApp) -> ASGIApp:
    """The server issues tokens, and registers no client."""
    return issuing(app, registers=False)


@wraps_http("authorization/redirects-anywhere", "transport")
def redirects_anywhere(app: ASGIApp) -> ASGIApp:
    """The server issues tokens, and sends users wherever it is told."""
    return issuing(app, registers=True)
