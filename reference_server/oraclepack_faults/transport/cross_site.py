"""Faults that let pages of other sites make requests, or read what is answered."""

import json
from urllib.parse import parse_qsl

from oraclepack_faults.fault import ASGIApp, Event, Receive, Scope, Send, wraps_http
from oraclepack_faults.transport.asgi import REVISION, STATELESS, changing_starts, field, respond, with_fields


@wraps_http("rebinding/lets-any-page-read", "transport")
def lets_any_page_read(app: ASGIApp) -> ASGIApp:
    """Pages of names below attacker.example are served, and may read the answers."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        known = scope["type"] != "http" or ".attacker.example" not in (field(scope, "origin") or "")
        known = known or not (field(scope, "origin") or "").startswith("https://")
        await (app(scope, receive, send) if known else open_app(with_fields(scope, {"origin": None}), receive, send))

    def allowing(_: Scope, start: Event) -> Event:
        # mcp-audit: ignore[source/cors-any-origin] the fault itself
        return with_fields(start, {"access-control-allow-origin": "*"})

    open_app = changing_starts(app, allowing)
    return served


@wraps_http("csrf/serves-cross-site-post", "transport")
def serves_cross_site_post(app: ASGIApp) -> ASGIApp:
    """Forms that a browser marks as cross-site are served like requests of programs."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or field(scope, "sec-fetch-site") != "cross-site" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        event = await receive()
        headers = _of_a_program(json.loads(event["body"]))
        await app(with_fields(scope, headers), _replaying(event, receive), send)

    return served


@wraps_http("csrf/serves-get", "transport")
def serves_get(app: ASGIApp) -> ASGIApp:
    """A GET whose query is a message is served as if it had been posted."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        query = dict(parse_qsl(scope.get("query_string", b"").decode()))
        if scope["type"] != "http" or scope["method"] != "GET" or "jsonrpc" not in query:
            await app(scope, receive, send)
            return
        message = {name: _value(name, text) for name, text in query.items()}
        body = json.dumps(message).encode()
        event: Event = {"type": "http.request", "body": body, "more_body": False}
        headers = {**_of_a_program(message), "content-length": str(len(body))}
        await app({**with_fields(scope, headers), "method": "POST"}, _replaying(event, receive), send)

    return served


def _value(name: str, text: str) -> object:
    return text if name in {"jsonrpc", "method"} else json.loads(text)


def _of_a_program(message: dict[str, object]) -> dict[str, str | None]:
    """Return the headers with which a program sends a message."""
    headers: dict[str, str | None] = {
        "origin": None,
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
    }
    if message.get("method") == "server/discover":
        headers |= {REVISION: STATELESS, "mcp-method": "server/discover"}
    return headers


def _replaying(event: Event, receive: Receive) -> Receive:
    waiting = [event]

    async def replay() -> Event:
        return waiting.pop() if waiting else await receive()

    return replay


@wraps_http("csrf/upgrades-for-foreign-origin", "transport")
def upgrades_for_any_origin(app: ASGIApp) -> ASGIApp:
    """Whoever asks for a WebSocket gets one."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept", "subprotocol": "mcp"})
            await send({"type": "websocket.close"})
            return
        if scope["type"] == "http" and field(scope, "upgrade") == "websocket":
            await respond(send, 101)
            return
        await app(scope, receive, send)

    return served
