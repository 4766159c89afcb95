"""Faults in what the HTTP side takes and shows beyond the rules of the endpoint."""

import base64
import json
import re
from typing import Any, Final

from oraclepack_faults.fault import ASGIApp, Event, Receive, Scope, Send, replaces, wraps_http
from oraclepack_faults.transport.asgi import (
    changing_requests,
    changing_starts,
    field,
    is_handshake,
    respond,
    with_fields,
)


@wraps_http("http/serves-other-content-type", "transport")
def reads_xml_as_json(app: ASGIApp) -> ASGIApp:
    """A body that is declared as XML is read as JSON."""

    def as_json(scope: Scope) -> Scope:
        is_xml = field(scope, "content-type") == "application/xml"
        return with_fields(scope, {"content-type": "application/json"}) if is_xml else scope

    return changing_requests(app, as_json)


@wraps_http("http/trips-over-odd-accept", "transport")
def trips_over_accept(app: ASGIApp) -> ASGIApp:
    """Whoever accepts pages only gets a server error."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        odd = scope["type"] == "http" and scope["method"] == "POST" and field(scope, "accept") == "text/html"
        await (respond(send, 500) if odd else app(scope, receive, send))

    return served


@wraps_http("http/serves-odd-verb", "transport")
def takes_patch_for_post(app: ASGIApp) -> ASGIApp:
    """PATCH is served like POST."""
    return changing_requests(app, lambda scope: {**scope, "method": "POST"} if scope["method"] == "PATCH" else scope)


@wraps_http("http/echoes-trace", "transport")
def echoes_trace(app: ASGIApp) -> ASGIApp:
    """TRACE is answered with the headers of the request."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "TRACE":
            lines = [b"TRACE / HTTP/1.1", *(name + b": " + value for name, value in scope["headers"])]
            await respond(send, 200, b"\r\n".join(lines), "message/http")
            return
        await app(scope, receive, send)

    return served


@wraps_http("http/shows-debug-page", "transport")
def shows_debug_page(app: ASGIApp) -> ASGIApp:
    """A path that nobody knows shows the debugger of Werkzeug."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/audit"):
            await respond(send, 404, b"<title>NotFound // Werkzeug Debugger</title>", "text/html")
            return
        await app(scope, receive, send)

    return served


@wraps_http("http/names-its-version", "transport")
def names_its_version(app: ASGIApp) -> ASGIApp:
    """Every answer names the framework with its version."""
    return changing_starts(app, lambda _, start: with_fields(start, {"x-powered-by": "Example/1.2.3"}))


@wraps_http("http/lets-types-be-guessed", "transport")
def lets_types_be_guessed(app: ASGIApp) -> ASGIApp:
    """No answer says that its type is final."""
    return changing_starts(app, lambda _, start: with_fields(start, {"x-content-type-options": None}))


@wraps_http("http/serves-doubled-host", "transport")
def takes_one_of_two_hosts(app: ASGIApp) -> ASGIApp:
    """Of two Host headers the server takes the one that it likes."""

    def with_one(scope: Scope) -> Scope:
        host, port = scope["server"]
        return with_fields(scope, {"host": f"{host}:{port}"}) if _count(scope, b"host") > 1 else scope

    return changing_requests(app, with_one)


@wraps_http("rebinding/accepts-doubled-origin", "transport")
def forgets_two_origins(app: ASGIApp) -> ASGIApp:
    """The server looks at the Origin only where there is one."""

    def without(scope: Scope) -> Scope:
        return with_fields(scope, {"origin": None}) if _count(scope, b"origin") > 1 else scope

    return changing_requests(app, without)


def _count(scope: Scope, name: bytes) -> int:
    return sum(key.lower() == name for key, _ in scope["headers"])


@replaces("http/ignores-host-of-target", "transport", "oraclepack_mcp.http.connection._WHOLE_URL")
def ignores_host_of_target(_: Any) -> Any:
    """Of a URL in the first line of a request only the path counts."""
    return re.compile(rb"(?!)")


@wraps_http("http/lets-headers-be-injected", "transport")
def lets_headers_be_injected(app: ASGIApp) -> ASGIApp:
    """What stands behind a line break in a path is sent back as a header."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        name, colon, value = scope.get("path", "").rpartition("\r\n")[2].partition(":")
        if scope["type"] != "http" or "\r\n" not in scope["path"] or not colon:
            await app(scope, receive, send)
            return

        async def injecting(event: Event) -> None:
            is_start = event["type"] == "http.response.start"
            await send(with_fields(event, {name.strip(): value.strip()}) if is_start else event)

        await respond(injecting, 404)

    return served


@wraps_http("eras/one-is-guarded-less", "transport")
def guards_newer_era_only(app: ASGIApp) -> ASGIApp:
    """In the era of the handshake some foreign origins are let in."""

    def without_origin(scope: Scope) -> Scope:
        is_ours = field(scope, "origin") == "https://era.attacker.example"
        return with_fields(scope, {"origin": None}) if is_ours and is_handshake(scope) else scope

    return changing_requests(app, without_origin)


@wraps_http("exposure/side-endpoint-shows-secrets", "transport")
def serves_environment(app: ASGIApp) -> ASGIApp:
    """The file with the settings is served beside the endpoint."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/.env":
            await respond(send, 200, b"HOST=127.0.0.1\nORACLE_API_KEY=0123456789abcdef\n")
            return
        await app(scope, receive, send)

    return served


_DISCOVERED: Final = {
    "resultType": "complete",
    "supportedVersions": ["2026-07-28"],
    "capabilities": {},
    "ttlMs": 0,
    "cacheScope": "private",
    "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "oraclepack", "version": "0"}},
}


@wraps_http("exposure/companion-serves-anyone", "transport")
def serves_companion(app: ASGIApp) -> ASGIApp:
    """A path for older clients serves whoever asks."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/mcp/message" and scope["method"] == "POST":
            is_stateless = (b"mcp-protocol-version", b"2026-07-28") in scope["headers"]
            result = json.dumps(_DISCOVERED if is_stateless else {}).encode()
            await respond(send, 200, b'{"jsonrpc":"2.0","id":1,"result":%s}' % result, "application/json")
            return
        await app(scope, receive, send)

    return served


_LISTENER = "oraclepack_mcp.http.listening.BoundedConnection"


def _reading(connection: Any, pattern: bytes, replacement: bytes) -> Any:
    """Return the connection as one that reads a header otherwise."""
    found = re.compile(pattern, re.IGNORECASE)

    class Lenient(connection):  # type: ignore[misc] # the class is a value here
        def data_received(self, data: bytes) -> None:
            super().data_received(found.sub(replacement, data))

    return Lenient


@replaces("smuggling/serves-what-is-hidden", "transport", _LISTENER)
def prefers_length(connection: Any) -> Any:
    """Where a message has a length and a coding, the length counts."""
    return _reading(connection, rb"(content-length: \d+\r\n)transfer-encoding: chunked\r\n", rb"\1")


@replaces("smuggling/keeps-doubtful-connection", "transport", _LISTENER)
def forgets_length(connection: Any) -> Any:
    """Where a message has a length and a coding, the coding counts, and the connection stays open."""
    return _reading(connection, rb"content-length: \d+\r\n(transfer-encoding: chunked\r\n)", rb"\1")


@replaces("smuggling/accepts-doubtful-length", "transport", _LISTENER)
def takes_first_length(connection: Any) -> Any:
    """Of two lengths the first counts."""
    return _reading(connection, rb"(content-length: \d+\r\n)content-length: \d+\r\n", rb"\1")


@replaces("smuggling/accepts-doubtful-coding", "transport", _LISTENER)
def takes_any_coding(connection: Any) -> Any:
    """Whatever ends with chunked is taken for it."""
    return _reading(connection, rb"transfer-encoding: xchunked\r\n", b"transfer-encoding: chunked\r\n")


@wraps_http("headers/reads-odd-base64", "transport")
def decodes_twice(app: ASGIApp) -> ASGIApp:
    """A name that was encoded twice is decoded twice."""

    def decoded(scope: Scope) -> Scope:
        inner = _decoded(field(scope, "mcp-name") or "")
        return with_fields(scope, {"mcp-name": inner}) if inner.startswith(_MARKER) else scope

    return changing_requests(app, decoded)


_MARKER = "=?base64?"


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value.removeprefix(_MARKER).removesuffix("?="), validate=True).decode()
    except ValueError:
        return ""
