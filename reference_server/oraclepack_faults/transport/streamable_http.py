"""Faults in the handling of what is POSTed to the endpoint."""

from typing import Any

from oraclepack_faults.fault import (
    PASS,
    Answer,
    ASGIApp,
    Context,
    Event,
    Json,
    Receive,
    Reply,
    Rewritten,
    Scope,
    Send,
    answers,
    rewrites,
    wraps_http,
)
from oraclepack_faults.transport.asgi import (
    REVISION,
    SESSION,
    changing_requests,
    changing_starts,
    field,
    respond,
    with_fields,
)

_SIMPLE_TYPES = ("text/plain", "application/x-www-form-urlencoded")
_BOTH_TYPES = "application/json, text/event-stream"
_WITH_HEADER = ("2025-06-18", "2025-11-25")
_UNKNOWN_VERSIONS = ("1999-01-01", "not-a-version")


@wraps_http("http/notification-not-202", "transport")
def confirms_with_200(app: ASGIApp) -> ASGIApp:
    """Accepted notifications are answered with 200."""
    return changing_starts(app, lambda _, start: {**start, "status": 200} if start["status"] == 202 else start)


@wraps_http("http/notification-answered-with-body", "transport")
def confirms_in_words(app: ASGIApp) -> ASGIApp:
    """The 202 to a notification says Accepted in its body."""

    async def confirmed(scope: Scope, receive: Receive, send: Send) -> None:
        accepted = False

        async def sent(event: Event) -> None:
            nonlocal accepted
            accepted = accepted or event.get("status") == 202
            if not accepted:
                await send(event)
            elif event["type"] == "http.response.body" and not event.get("more_body", False):
                await respond(send, 202, b"Accepted")

        await app(scope, receive, sent)

    return confirmed


@wraps_http("http/answer-of-other-media-type", "transport")
def answers_as_text(app: ASGIApp) -> ASGIApp:
    """Responses are sent as text/plain."""

    async def flattened(scope: Scope, receive: Receive, send: Send) -> None:
        events: list[Event] = []
        is_post = scope["type"] == "http" and scope["method"] == "POST"

        async def sent(event: Event) -> None:
            events.append(event)
            if not event.get("more_body", event["type"] == "http.response.start"):
                await _send_as_text(events, send)

        await app(scope, receive, sent if is_post else send)

    return flattened


async def _send_as_text(events: list[Event], send: Send) -> None:
    body = b"".join(event.get("body", b"") for event in events[1:])
    data = [line.removeprefix(b"data: ") for line in body.splitlines() if line.startswith(b"data: ")]
    data = data or [body] if body.startswith((b"{", b"event", b"data", b"id")) else []
    if len(data) != 1 or events[0]["status"] != 200:
        for event in events:
            await send(event)
        return
    changes = {"content-type": "text/plain", "content-length": str(len(data[0])), "transfer-encoding": None}
    await send(with_fields(events[0], changes))
    await send({"type": "http.response.body", "body": data[0]})


@wraps_http("http/serves-simple-content-type", "transport")
def takes_any_content_type(app: ASGIApp) -> ASGIApp:
    """The Content-Type of text and forms is not looked at."""

    def as_json(scope: Scope) -> Scope:
        is_simple = field(scope, "content-type") in _SIMPLE_TYPES
        return with_fields(scope, {"content-type": "application/json"}) if is_simple else scope

    return changing_requests(app, as_json)


@wraps_http("http/answers-with-unaccepted-type", "transport")
def ignores_accept(app: ASGIApp) -> ASGIApp:
    """A client that accepts JSON only gets an event stream."""

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        events: list[Event] = []

        async def sent(event: Event) -> None:
            events.append(event)
            if not event.get("more_body", event["type"] == "http.response.start"):
                await _send_as_stream(events, send)

        is_single = (
            scope["type"] == "http" and scope["method"] == "POST" and field(scope, "accept") == "application/json"
        )
        if is_single:
            await app(with_fields(scope, {"accept": _BOTH_TYPES}), receive, sent)
        else:
            await app(scope, receive, send)

    return streaming


async def _send_as_stream(events: list[Event], send: Send) -> None:
    body = b"".join(event.get("body", b"") for event in events[1:])
    if body.startswith(b"{"):
        body = b"event: message\ndata: " + body + b"\n\n"
    changes = {"content-type": "text/event-stream", "content-length": str(len(body)), "transfer-encoding": None}
    changes["x-accel-buffering"] = "no"
    await send(with_fields(events[0], changes))
    await send({"type": "http.response.body", "body": body})


@rewrites("http/server-error-for-damaged-body", "transport")
def fails_on_damaged_body(message: Json, context: Context) -> Rewritten:
    """What the parser refuses is answered with 500."""
    is_parse_error = message.get("error", {}).get("code") == -32700
    return Answer(message, status=500) if is_parse_error and context.transport == "http" else message


@answers("http/refuses-notification-with-200", "transport")
def refuses_with_success(message: Any, context: Context) -> Reply:
    """A notification whose method is no string is refused under status 200."""
    is_odd = isinstance(message, dict) and "id" not in message and isinstance(message.get("method"), int)
    if not is_odd or context.transport != "http":
        return PASS
    return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "A method is a string."}}


@wraps_http("http/serves-unknown-version-header", "transport")
def ignores_version_header(app: ASGIApp) -> ASGIApp:
    """In sessions a version that does not exist is not noticed."""
    return changing_requests(app, lambda scope: with_fields(scope, {REVISION: None}) if _is_unknown(scope) else scope)


@wraps_http("http/wrong-status-for-unknown-version-header", "transport")
def refuses_version_as_missing(app: ASGIApp) -> ASGIApp:
    """In sessions a version that does not exist is refused with 404."""
    return changing_starts(app, lambda scope, start: {**start, "status": 404} if _is_unknown(scope) else start)


def _is_unknown(scope: Scope) -> bool:
    return field(scope, SESSION) is not None and field(scope, REVISION) in _UNKNOWN_VERSIONS


@answers("http/refuses-absent-version-header", "transport")
def demands_version_header(message: Any, context: Context) -> Reply:
    """Requests in a session that lack the version header are refused."""
    headers = context.headers
    if context.revision not in _WITH_HEADER or SESSION not in headers or REVISION in headers:
        return PASS
    identity = message.get("id") if isinstance(message, dict) else None
    error = {"code": -32600, "message": "The MCP-Protocol-Version header is missing."}
    return Answer({"jsonrpc": "2.0", "id": identity, "error": error}, status=400)
