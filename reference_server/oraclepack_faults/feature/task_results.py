"""Results of tasks, and what comes on the way to them."""

import json
from typing import Any

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites, wraps_http
from oraclepack_faults.results import method_of, params_of, with_member

_RELATED = "io.modelcontextprotocol/related-task"
_PROGRESS = "notifications/progress"
_LATE_S = 1.6


def _result(message: Json, context: Context) -> Json | None:
    """Return what tasks/result returned, where it is the result of a call."""
    result = message.get("result")
    return result if method_of(context) == "tasks/result" and isinstance(result, dict) else None


@rewrites("tasks/result-differs-from-call", "feature")
def result_differs_from_call(message: Json, context: Context) -> Rewritten:
    """The result of a task is a text of its own."""
    if _result(message, context) is None:
        return message
    return with_member(message, "content", [{"type": "text", "text": "The task has ended."}])


@rewrites("tasks/result-without-related-task", "feature")
def result_without_related_task(message: Json, context: Context) -> Rewritten:
    """The result of a task does not name the task."""
    result = _result(message, context)
    if result is None:
        return message
    return {**message, "result": {name: value for name, value in result.items() if name != "_meta"}}


@rewrites("tasks/result-does-not-block", "feature")
def result_does_not_block(message: Json, context: Context) -> Rewritten:
    """The task still works when it is asked for after its result was given, for once."""
    result = message.get("result")
    if _result(message, context) is not None:
        context.session["given early"] = True
        return message
    if method_of(context) != "tasks/get" or not isinstance(result, dict) or not context.session.pop("given early", 0):
        return message
    return with_member(message, "status", "working")


@rewrites("tasks/progress-under-other-token", "feature")
def progress_under_other_token(message: Json, context: Context) -> Rewritten:
    """Progress of tasks has the token of the first call that gave one."""
    params = params_of(message)
    if message.get("method") != _PROGRESS:
        return message
    if _RELATED not in params.get("_meta", {}):
        context.session.setdefault("first token", params["progressToken"])
        return message
    token = context.session.get("first token", params["progressToken"])
    return {**message, "params": {**params, "progressToken": token}}


@rewrites("tasks/progress-after-end", "feature")
def progress_after_end(message: Json, context: Context) -> Rewritten:
    """Progress is reported once more before an ended task is not cancelled."""
    params = params_of(message)
    if message.get("method") == _PROGRESS and _RELATED in params.get("_meta", {}):
        context.session["last progress"] = params
    if method_of(context) != "tasks/cancel" or "error" not in message or "last progress" not in context.session:
        return message
    last = context.session.pop("last progress")
    late = {**last, "progress": last["progress"] + 1}
    return [{"jsonrpc": "2.0", "method": _PROGRESS, "params": late}, message]


@rewrites("tasks/progress-without-related-task", "feature")
def progress_without_related_task(message: Json, context: Context) -> Rewritten:
    """Progress of tasks does not name the task."""
    del context
    params = params_of(message)
    if message.get("method") != _PROGRESS or _RELATED not in params.get("_meta", {}):
        return message
    return {**message, "params": {name: value for name, value in params.items() if name != "_meta"}}


@wraps_http("tasks/created-late", "feature")
def created_late(app: ASGIApp) -> ASGIApp:
    """The answer to a task request waits until the work is done."""

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        body, again = await _read(scope, receive)
        creates = "task" in params_of(body) and body.get("method") == "tools/call"

        async def held(event: Message) -> None:
            if creates and event["type"] == "http.response.start":
                await anyio.sleep(_LATE_S)
            await send(event)

        await app(scope, again, held)

    return late


@wraps_http("tasks/get-as-stream", "feature")
def get_as_stream(app: ASGIApp) -> ASGIApp:
    """tasks/get is answered with a stream of one event."""

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        body, again = await _read(scope, receive)
        polls = body.get("method") == "tasks/get"
        await app(scope, again, _as_stream(send) if polls else send)

    return streaming


@wraps_http("tasks/breaks-transport", "feature")
def breaks_transport(app: ASGIApp) -> ASGIApp:
    """tasks/get is answered as plain text."""

    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        body, again = await _read(scope, receive)

        async def sending(event: Message) -> None:
            if event["type"] == "http.response.start" and body.get("method") == "tasks/get":
                event = _typed(event, b"text/plain")
            await send(event)

        await app(scope, again, sending)

    return plain


def _as_stream(send: Send) -> Send:
    opening: Message | None = None

    async def sending(event: Message) -> None:
        nonlocal opening
        if event["type"] == "http.response.start":
            opening = event
        elif opening is not None:
            is_json = dict(opening["headers"]).get(b"content-type", b"").startswith(b"application/json")
            if is_json and event.get("body"):
                event = {**event, "body": b"data: " + event["body"] + b"\n\n"}
                opening = _typed(opening, b"text/event-stream", length=len(event["body"]))
            await send(opening)
            opening = None
            await send(event)
        else:
            await send(event)

    return sending


def _typed(opening: Message, content_type: bytes, length: int | None = None) -> Message:
    headers = dict(opening["headers"]) | {b"content-type": content_type}
    if length is not None:
        headers[b"content-length"] = str(length).encode()
    return {**opening, "headers": list(headers.items())}


async def _read(scope: Scope, receive: Receive) -> tuple[Json, Receive]:
    """Return the JSON object of a POST, and what gives the body again; of other requests nothing is read."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return {}, receive
    chunks: list[Message] = []
    while not chunks or chunks[-1].get("more_body"):
        chunks.append(await receive())
    body = b"".join(chunk.get("body", b"") for chunk in chunks)

    async def again() -> Message:
        return chunks.pop(0) if chunks else await receive()

    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {}, again
