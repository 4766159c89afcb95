"""Rules of the stateless era that hold for every message: codes, statuses, traces, callers and connections."""

import json
from typing import Any

from oraclepack_faults.fault import (
    PASS,
    Answer,
    ASGIApp,
    Context,
    Event,
    Fault,
    Json,
    Receive,
    Reply,
    Rewritten,
    Scope,
    Send,
    answers,
    both,
    rewrites,
    wraps_http,
)
from oraclepack_faults.results import method_of, params_of, with_error, with_member

_PREFIX = "io.modelcontextprotocol/"


def _client(message: object) -> str:
    meta = params_of(message).get("_meta")
    info = meta.get(f"{_PREFIX}clientInfo") if isinstance(meta, dict) else None
    return str(info.get("name")) if isinstance(info, dict) else ""


def _error(message: Json, code: int, text: str) -> Json:
    return {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": code, "message": text}}


@rewrites("stateless/protocol-error-without-400", "session")
def protocol_error_without_400(message: Json, context: Context) -> Rewritten:
    """An unsupported version is refused with HTTP 200."""
    error = message.get("error")
    return Answer(message, status=200) if isinstance(error, dict) and error.get("code") == -32022 else message


def _other_code(check: str, code: int, about: str) -> Fault:
    """Return a fault that refuses a completion for an unknown prompt with `code`."""

    def rewrite(message: Json, context: Context) -> Rewritten:
        error = message.get("error")
        reference = params_of(context.request).get("ref")
        unknown = isinstance(reference, dict) and reference.get("name") == "mcp-audit-unknown"
        ours = context.era == "stateless" and method_of(context) == "completion/complete" and unknown
        return {**message, "error": {**error, "code": code}} if ours and isinstance(error, dict) else message

    return Fault(check, "session", about, rewrite=rewrite)


new_code_in_legacy_range = _other_code(
    "stateless/new-code-in-legacy-range", -32005, "A refused completion has a code of its own among the old ones."
)
code_in_legacy_range = _other_code(
    "stateless/code-in-legacy-range", -32000, "A refused completion has the code that stood for anything."
)
application_code_in_reserved_range = _other_code(
    "stateless/application-code-in-reserved-range", -32150, "A refused completion has a code that JSON-RPC reserves."
)


@rewrites("stateless/forces-extension", "session")
def forces_extension(message: Json, context: Context) -> Rewritten:
    """Every second discovery is answered in the form of an extension that only the server declares."""
    if method_of(context) != "server/discover" or "result" not in message:
        return message
    capabilities = {**message["result"]["capabilities"], "extensions": {"com.example/postcards": {}}}
    declared = with_member(message, "capabilities", capabilities)
    identity = message.get("id")
    forced = isinstance(identity, int) and identity > 1 and identity % 2 == 0
    return with_member(declared, "resultType", "com.example/postcard") if forced else declared


@rewrites("stateless/malformed-trace-context", "session")
def malformed_trace_context(message: Json, context: Context) -> Rewritten:
    """Discoveries carry a trace parent that is no such thing."""
    if method_of(context) != "server/discover" or "result" not in message:
        return message
    return with_member(message, "_meta", {**message["result"].get("_meta", {}), "traceparent": "trace-1"})


@rewrites("stateless/change-told-to-a-request", "session")
def change_told_to_a_request(message: Json, context: Context) -> Rewritten:
    """Who asks for the list of resources hears on the way that it has changed."""
    if context.era != "stateless" or method_of(context) != "resources/list" or context.transport != "http":
        return message
    changed = {"jsonrpc": "2.0", "method": "notifications/resources/list_changed"}
    stream = "".join(f"event: message\ndata: {json.dumps(item)}\n\n" for item in (changed, message))
    headers = {"content-type": "text/event-stream", "x-accel-buffering": "no"}
    return Answer(stream.encode(), headers=headers)


@rewrites("cancellation/cancels-what-is-no-subscription", "session")
def cancels_what_is_no_subscription(message: Json, context: Context) -> Rewritten:
    """Who listens is told that a request of another name was cancelled."""
    if message.get("method") != "notifications/subscriptions/acknowledged":
        return message
    return [message, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "unknown"}}]


@rewrites("stateless/answers-by-client-name", "session")
def answers_by_client_name(message: Json, context: Context) -> Rewritten:
    """Clients of another name get a shorter list of tools."""
    if method_of(context) != "tools/list" or "result" not in message or _client(context.request) != "another-client":
        return message
    return with_member(message, "tools", message["result"]["tools"][1:])


@rewrites("stateless/mixes-conversations", "session")
def mixes_conversations(message: Json, context: Context) -> Rewritten:
    """Discoveries of a client that came second are refused."""
    if method_of(context) == "server/discover" and _client(context.request) == "another-client":
        return with_error(message, -32602, "Another client is being served")
    return message


@wraps_http("stateless/handle-bound-to-connection", "session")
def handle_bound_to_connection(app: ASGIApp) -> ASGIApp:
    """A request over a connection that is to be closed at once gets no further page."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (b"connection", b"close") not in scope["headers"]:
            await app(scope, receive, send)
            return
        event = await receive()
        first = [event]

        async def again() -> Event:
            return first.pop() if first else await receive()

        if b'"cursor"' in event.get("body", b"") and b"2026-07-28" in event.get("body", b""):
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, again, send)

    return serve


@answers("stateless/heeds-last-event-id", "session")
def heeds_last_event_id(message: Any, context: Context) -> Reply:
    """A stateless request with Last-Event-ID is refused."""
    return _refused_with_header(message, context, "last-event-id")


@answers("stateless/heeds-session-id", "session")
def heeds_session_id(message: Any, context: Context) -> Reply:
    """A stateless request with Mcp-Session-Id is refused."""
    return _refused_with_header(message, context, "mcp-session-id")


def _refused_with_header(message: Any, context: Context, name: str) -> Reply:
    if context.era == "stateless" and isinstance(message, dict) and name in context.headers:
        return Answer(_error(message, -32600, "Invalid request"), status=400)
    return PASS


@wraps_http("headers/case-of-names-matters", "session")
def case_of_names_matters(app: ASGIApp) -> ASGIApp:
    """Requests that are not written by the usual libraries, which write names in small letters, lack the headers."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        seen = scope["headers"] if scope["type"] == "http" else ()
        if (b"connection", b"close") in seen and (b"mcp-method", b"server/discover") in seen:
            kept = [(name, value) for name, value in scope["headers"] if name != b"mcp-method"]
            await app({**scope, "headers": kept}, receive, send)
            return
        await app(scope, receive, send)

    return serve


def _initialize_refused(check: str, text: str) -> Fault:
    """Return a part of a fault that makes the server one of the stateless era alone."""

    def answer(message: Any, context: Context) -> Reply:
        if isinstance(message, dict) and message.get("method") == "initialize":
            return Answer(_error(message, -32022, text), status=400)
        return PASS

    return Fault(check, "session", "Clients of the older era are not served.", answer=answer)


initialize_refused_without_versions = _initialize_refused(
    "stateless/initialize-refused-without-versions", "Unsupported protocol version"
)


@wraps_http("stateless/odd-answer-to-older-verbs", "session")
def _empty_answer_to_get(app: ASGIApp) -> ASGIApp:
    """Only the stateless era is served, and GET is answered with 404."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in {"GET", "DELETE"}:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    return serve


_ONLY_2026 = "Unsupported protocol version; supported: 2026-07-28"
odd_answer_to_older_verbs = both(
    _empty_answer_to_get, _initialize_refused("stateless/odd-answer-to-older-verbs", _ONLY_2026)
)


def _version_filled_in(app: ASGIApp) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        names = [name for name, _ in scope.get("headers", ())]
        if scope["type"] == "http" and b"mcp-method" in names and b"mcp-protocol-version" not in names:
            filled = [*scope["headers"], (b"mcp-protocol-version", b"2026-07-28")]
            await app({**scope, "headers": filled}, receive, send)
            return
        if scope["type"] == "http" and scope["method"] in {"GET", "DELETE"}:
            await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"POST")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    return serve


serves_without_version_header = both(
    Fault(
        "stateless/serves-without-version-header",
        "session",
        "Only the stateless era is served, and a missing version header is filled in.",
        http=_version_filled_in,
    ),
    _initialize_refused("stateless/serves-without-version-header", _ONLY_2026),
)
