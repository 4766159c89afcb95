"""Faults that odd messages bring to light: lenient parsers, and server errors where a refusal is due."""

import asyncio
import json
import re
from typing import Any, Final

from oraclepack_faults.fault import (
    PASS,
    Answer,
    ASGIApp,
    Context,
    Event,
    Forward,
    Receive,
    Reply,
    Scope,
    Send,
    answers,
    wraps_http,
)
from oraclepack_faults.results import params_of, with_result
from oraclepack_faults.transport.asgi import respond

_BROKEN: Final = Answer(None, 500)
_LONGEST_ID: Final = 5000
_DRAWN: Final = 1_000_000
"""Ids from here on were drawn at random, so that nobody else has them."""


@answers("jsonrpc/serves-almost-json", "wire")
def skips_comments(message: Any, context: Context) -> Reply:
    """The parser skips comments."""
    return _repaired(message, lambda raw: raw.replace(b"/* audit */", b"").decode())


@answers("jsonrpc/serves-invalid-utf-8", "wire")
def replaces_broken_bytes(message: Any, context: Context) -> Reply:
    """Bytes that are no UTF-8 are replaced by question marks."""
    return _repaired(message, lambda raw: raw.decode(errors="replace"))


def _repaired(message: Any, repair: Any) -> Reply:
    if not isinstance(message, bytes):
        return PASS
    try:
        return Forward(json.loads(repair(message), parse_constant=_refused))
    except (ValueError, RecursionError):
        return PASS


def _refused(constant: str) -> object:
    raise ValueError(constant)


@answers("jsonrpc/folds-odd-names", "wire")
def folds_long_s(message: Any, context: Context) -> Reply:
    """A long s in the name of a member is an s."""
    if isinstance(message, dict) and "j\u017fonrpc" in message:
        return Forward({name.replace("\u017f", "s"): value for name, value in message.items()})
    return PASS


@answers("jsonrpc/serves-odd-method", "wire")
def finds_constructor(message: Any, context: Context) -> Reply:
    """The table of methods has an entry `constructor`."""
    is_odd = isinstance(message, dict) and message.get("method") == "constructor"
    return with_result(message, {}, context) if is_odd else PASS


@answers("jsonrpc/trips-over-extreme-id", "wire")
def trips_over_long_id(message: Any, context: Context) -> Reply:
    """An id of thousands of characters is a server error."""
    rpc_id = message.get("id") if isinstance(message, dict) else None
    return _BROKEN if isinstance(rpc_id, str) and len(rpc_id) > _LONGEST_ID else PASS


@answers("jsonrpc/trips-over-stray-response", "wire")
def trips_over_response(message: Any, context: Context) -> Reply:
    """A result for the request 1, which the server never sent, is a server error."""
    is_stray = isinstance(message, dict) and "result" in message and message.get("id") == 1
    return _BROKEN if is_stray and isinstance(message["result"], dict) and "content" in message["result"] else PASS


@answers("jsonrpc/trips-over-odd-batch", "wire")
def trips_over_nested_array(message: Any, context: Context) -> Reply:
    """An array in an array is a server error."""
    is_nested = isinstance(message, list) and any(isinstance(item, list) for item in message)
    return _BROKEN if is_nested else PASS


@answers("robustness/trips-over-odd-text", "wire")
def trips_over_surrogate(message: Any, context: Context) -> Reply:
    """A lone surrogate is a server error."""
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    return _BROKEN if b"\\ud800" in text else PASS


@answers("robustness/trips-over-odd-params", "wire")
def trips_over_array(message: Any, context: Context) -> Reply:
    """An array in the place of the parameters is a server error."""
    return _BROKEN if isinstance(message, dict) and message.get("params") == [] else PASS


@answers("progress/trips-over-odd-token", "wire")
def trips_over_object(message: Any, context: Context) -> Reply:
    """An object for a progress token is a server error."""
    meta = params_of(message).get("_meta")
    return _BROKEN if isinstance(meta, dict) and isinstance(meta.get("progressToken"), dict) else PASS


@answers("lifecycle/serves-initialize-in-batch", "wire")
def serves_handshake_in_batch(message: Any, context: Context) -> Reply:
    """A handshake in a batch is served, and the rest of the batch is not."""
    items = message if isinstance(message, list) else []
    handshake = next((one for one in items if isinstance(one, dict) and one.get("method") == "initialize"), None)
    if handshake is None:
        return PASS
    result = {
        "protocolVersion": params_of(handshake).get("protocolVersion"),
        "capabilities": {},
        "serverInfo": {"name": "oraclepack", "version": "0"},
    }
    return with_result(handshake, result, context)


@wraps_http("jsonrpc/first-duplicate-counts", "wire")
def takes_first_method(app: ASGIApp) -> ASGIApp:
    """Of two methods in one request the first counts."""
    second = re.compile(rb'("method": "[^"]*"), "method": "[^"]*"')

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        event = await receive()
        body = second.sub(lambda found: found[1].ljust(len(found[0])), event.get("body", b""))
        await app(scope, _replaying({**event, "body": body}, receive), send)

    return served


@wraps_http("jsonrpc/mixes-equal-ids", "wire")
def mixes_equal_ids(app: ASGIApp) -> ASGIApp:
    """A request gets the list that another one with its id asked for at the same time."""
    listing: set[int] = set()

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        event = await receive()
        message = _message(event.get("body", b""))
        rpc_id, method = message.get("id"), message.get("method")
        drawn = rpc_id if isinstance(rpc_id, int) and rpc_id >= _DRAWN else 0
        if drawn and method == "tools/list":
            listing.add(drawn)
        elif drawn and method in {"ping", "server/discover"}:
            await asyncio.sleep(0.05)
            if drawn in listing:
                context = Context("http", "handshake" if method == "ping" else "stateless")
                hints = {"ttlMs": 0, "cacheScope": "private"} if context.era == "stateless" else {}
                answer = with_result(message, {"tools": [], **hints}, context)
                await respond(send, 200, json.dumps(answer).encode(), "application/json")
                return
        await app(scope, _replaying(event, receive), send)

    return served


def _message(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _replaying(event: Event, receive: Receive) -> Receive:
    waiting = [event]

    async def replay() -> Event:
        return waiting.pop() if waiting else await receive()

    return replay
