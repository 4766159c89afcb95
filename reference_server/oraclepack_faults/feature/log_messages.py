"""Log messages of the diagnostics profile: undeclared, below the level, empty, telling too much, or misdirected."""

import json
from typing import Any

from oraclepack_faults.fault import (
    PASS,
    ASGIApp,
    Context,
    Event,
    Forward,
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
from oraclepack_faults.results import method_of, params_of, with_member, with_result

_METHOD = "notifications/message"
_LEVEL = "io.modelcontextprotocol/logLevel"
_SYSLOG = frozenset({"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"})
_OPENINGS = frozenset({"initialize", "server/discover"})
_COPIES = 150
_TRACE = 'Traceback (most recent call last):\n  File "/srv/oraclepack/runs.py", line 71, in start\nKeyError: 7'


def _with(message: Json, **params: Any) -> Json:
    """Return a log message with other params; any other message as it is."""
    if message.get("method") != _METHOD:
        return message
    return {**message, "params": {**params_of(message), **params}}


@rewrites("logging/logs-without-capability", "feature")
def declares_no_logging(message: Json, context: Context) -> Rewritten:
    """Logging is not declared, and goes on."""
    result = message.get("result")
    if method_of(context) not in _OPENINGS or not isinstance(result, dict):
        return message
    kept = {name: value for name, value in result["capabilities"].items() if name != "logging"}
    return with_member(message, "capabilities", kept)


@rewrites("logging/secret-in-message", "feature")
def logs_its_database(message: Json, context: Context) -> Rewritten:
    """Log messages hold the address of a database with its password."""
    # mcp-audit: ignore[source/secret-in-source] the fault itself
    return _with(message, data="connected to postgres://oraclepack:correct-horse@db.internal/packs")


@rewrites("logging/internals-in-message", "feature")
def logs_its_trace(message: Json, context: Context) -> Rewritten:
    """Log messages hold a stack trace."""
    return _with(message, data=_TRACE)


@rewrites("logging/empty-message", "feature")
def logs_nothing(message: Json, context: Context) -> Rewritten:
    """Log messages have empty data."""
    return _with(message, data="")


@rewrites("logging/inconsistent-logger-names", "feature")
def two_spellings(message: Json, context: Context) -> Rewritten:
    """Every second log message spells the name of its logger in capitals."""
    if message.get("method") != _METHOD:
        return message
    count = context.session["logged"] = context.session.get("logged", 0) + 1
    return _with(message, logger="Diagnostics") if count % 2 else message


@rewrites("logging/floods-client", "feature")
def repeats_itself(message: Json, context: Context) -> Rewritten:
    """Every log message is sent many times."""
    return [message] * _COPIES if message.get("method") == _METHOD else message


@answers("logging/ignores-level", "feature")
def logs_everything(message: Any, context: Context) -> Reply:
    """Every level that is asked for is taken for debug."""
    params = params_of(message)
    if context.era != "stateless":
        sets = isinstance(message, dict) and message.get("method") == "logging/setLevel"
        return with_result(message, {}, context) if sets and params.get("level") in _SYSLOG else PASS
    meta = params.get("_meta")
    if not isinstance(meta, dict) or meta.get(_LEVEL) not in _SYSLOG:
        return PASS
    return Forward({**message, "params": {**params, "_meta": {**meta, _LEVEL: "debug"}}})


@wraps_http("logging/message-on-other-stream", "feature")
def logs_to_listeners(app: ASGIApp) -> ASGIApp:
    """Whoever listens for changes, and asks for log messages, gets those of calls."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        first = await receive()
        told = not _listens_for_logs(first)

        async def replayed() -> Event:
            nonlocal first
            event, first = first, {}
            return event or await receive()

        async def sent(event: Event) -> None:
            nonlocal told
            await send(event)
            if not told and event["type"] == "http.response.body" and b"acknowledged" in event.get("body", b""):
                told = True
                await send({"type": "http.response.body", "body": _EVENT, "more_body": True})

        await app(scope, replayed, sent)

    return changed


_LOGGED: Json = {
    "jsonrpc": "2.0",
    "method": _METHOD,
    "params": {"level": "info", "logger": "diagnostics", "data": "Tool processing data"},
}
_EVENT = f"event: message\ndata: {json.dumps(_LOGGED)}\n\n".encode()


def _listens_for_logs(event: Event) -> bool:
    body = event.get("body", b"")
    return b'"subscriptions/listen"' in body and _LEVEL.encode() in body
