"""Faults in how answers are sent: verbs, event streams, encodings, and whose answer it is."""

import json
import re

from oraclepack_faults.fault import (
    ASGIApp,
    Context,
    Event,
    Json,
    Receive,
    Rewritten,
    Scope,
    Send,
    rewrites,
    wraps_http,
)
from oraclepack_faults.transport.asgi import (
    changing_chunks,
    changing_requests,
    changing_starts,
    is_handshake,
    respond,
    with_fields,
)

_STREAMED = b'"id":"stream-'
_REPLIED = b'"id":"reply-'
_CROSSING = b'"id":"crossing-'
_EMPTY = b'"result":{}'
_LIST = re.compile(rb'"result":(\{[^\r\n]*"tools":\[[^\r\n]*\})\}')


@wraps_http("http/get-neither-stream-nor-405", "transport")
def has_no_get(app: ASGIApp) -> ASGIApp:
    """GET gives 404, as if there were no endpoint."""

    async def without_get(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and is_handshake(scope):
            await respond(send, 404, b"Not Found")
        else:
            await app(scope, receive, send)

    return without_get


@wraps_http("http/response-on-get-stream", "transport")
def responds_on_get_stream(app: ASGIApp) -> ASGIApp:
    """The GET stream begins with a response that nobody there asked for."""

    async def responding(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(event: Event) -> None:
            await send(event)
            if event["type"] == "http.response.start" and _opens_stream(scope, event):
                data = b'event: message\r\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\r\n\r\n'
                await send({"type": "http.response.body", "body": data, "more_body": True})

        await app(scope, receive, sent)

    return responding


def _opens_stream(scope: Scope, start: Event) -> bool:
    return bool(scope["method"] == "GET" and start["status"] == 200)


@wraps_http("http/serves-other-verb", "transport")
def takes_put_for_post(app: ASGIApp) -> ASGIApp:
    """PUT is served like POST."""
    return changing_requests(app, lambda scope: {**scope, "method": "POST"} if scope["method"] == "PUT" else scope)


@wraps_http("http/405-without-allow", "transport")
def forgets_allow(app: ASGIApp) -> ASGIApp:
    """The header Allow is missing from 405."""
    return changing_starts(app, lambda _, start: with_fields(start, {"allow": None}))


@wraps_http("http/stream-left-open", "transport")
def leaves_stream_open(app: ASGIApp) -> ASGIApp:
    """The stream of a request stays open until its client leaves."""

    async def lingering(scope: Scope, receive: Receive, send: Send) -> None:
        responded = False

        async def sent(event: Event) -> None:
            nonlocal responded
            responded = responded or _STREAMED in event.get("body", b"")
            if responded and not event.get("more_body", True):
                await send({**event, "more_body": True})
                while (await receive())["type"] != "http.disconnect":
                    continue
            await send(event)

        await app(scope, receive, sent)

    return lingering


@wraps_http("http/malformed-event", "transport")
def sends_words_as_event(app: ASGIApp) -> ASGIApp:
    """Streams are kept alive with events whose data is a word."""
    return changing_chunks(app, lambda chunk: b"data: still here\r\n\r\n" + chunk if _STREAMED in chunk else chunk)


@rewrites("http/stream-without-response", "transport")
def ends_stream_early(message: Json, context: Context) -> Rewritten:
    """The streams of some requests end without their response."""
    is_reply = str(message.get("id")).startswith("reply-") and "method" not in message
    return None if is_reply and context.transport == "http" else message


@wraps_http("http/repeats-event-id", "transport")
def repeats_event_id(app: ASGIApp) -> ASGIApp:
    """The events of every stream are counted from one."""
    return changing_chunks(app, lambda chunk: b"id: 1\r\n" + chunk if _REPLIED in chunk else chunk)


@rewrites("transports/answer-not-utf-8", "transport")
def answers_in_latin_1(message: Json, context: Context) -> Rewritten:
    """Errors are written in the encoding of an old locale."""
    method = (context.request or {}).get("method")
    if "error" not in message or not isinstance(method, str) or method.isascii():
        return message
    error = {**message["error"], "message": f"There is no method {method}."}
    return json.dumps({**message, "error": error}, ensure_ascii=False).encode("latin-1", "replace")


@wraps_http("http/answers-another-session", "transport")
def mixes_up_sessions(app: ASGIApp) -> ASGIApp:
    """A ping gets the list that some other session asked for last."""
    latest: list[bytes] = []

    def mixed_up(chunk: bytes) -> bytes:
        if found := _LIST.search(chunk):
            latest[:] = [found[1]]
        is_ping = _CROSSING in chunk and _EMPTY in chunk
        return chunk.replace(_EMPTY, b'"result":' + latest[0]) if is_ping and latest else chunk

    return changing_chunks(app, mixed_up)


@wraps_http("http/shared-caches-may-store", "transport")
def invites_caches(app: ASGIApp) -> ASGIApp:
    """Proxies are told to keep answers for ten minutes."""

    def public(scope: Scope, start: Event) -> Event:
        is_answer = scope["method"] == "POST" and start["status"] == 200
        return with_fields(start, {"cache-control": "public, max-age=600"}) if is_answer else start

    return changing_starts(app, public)
