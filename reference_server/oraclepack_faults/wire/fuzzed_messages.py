"""Faults in the handling of messages that are odd in a way that nobody thinks of."""

from typing import Any, Final

from oraclepack_faults.fault import DROP, PASS, Answer, Context, Forward, Json, Reply, Rewritten, answers, rewrites

_SWALLOWED: Final = 3
"""Messages that go unread: enough for a client to notice, few enough to go on afterwards."""
_TRACE: Final = (
    "Traceback (most recent call last):\n"
    '  File "/srv/oraclepack/reader.py", line 41, in read\n'
    "    return self._pending.pop(message['id'])\n"
    "KeyError: 7"
)


@answers("fuzz/accepts-malformed-message", "wire")
def takes_number_for_version(message: Any, context: Context) -> Reply:
    """The server takes any number for the version of JSON-RPC."""
    version = message.get("jsonrpc") if isinstance(message, dict) else None
    if isinstance(version, int | float) and not isinstance(version, bool):
        return Forward({**message, "jsonrpc": "2.0"})
    return PASS


@answers("fuzz/message-server-error", "wire")
def trips_over_result_in_request(message: Any, context: Context) -> Reply:
    """A request with a member called result ends in an exception."""
    if _is_request(message) and "result" in message:
        return Answer(_refusal(message, -32603, "Internal error"), status=500)
    return PASS


@answers("fuzz/message-leaks-internals", "wire")
def shows_trace_of_error_in_request(message: Any, context: Context) -> Reply:
    """A request with a member called error is refused with the trace of the exception."""
    if _is_request(message) and "error" in message:
        refusal = _refusal(message, -32600, "Invalid request")
        refusal["error"]["data"] = _TRACE
        return Answer(refusal, status=400)
    return PASS


@rewrites("fuzz/message-malformed-answer", "wire")
def answers_nameless_member_under_text_id(message: Json, context: Context) -> Rewritten:
    """A request with a member whose name is empty is answered under its id as a text."""
    if "" in (context.request or {}) and isinstance(message.get("id"), int):
        return {**message, "id": str(message["id"])}
    return message


@answers("fuzz/message-stops-answers", "wire")
def stumbles_over_outer_meta(message: Any, context: Context) -> Reply:
    """After a message with _meta, or another name like it, beside its params the reader loses the next ones."""
    lost: int = context.session.get("lost", 0)
    if lost:
        context.session["lost"] = lost - 1
        return DROP
    if isinstance(message, dict) and any(name.startswith("_") for name in message):
        context.session["lost"] = _SWALLOWED
    return PASS


def _is_request(message: object) -> bool:
    return isinstance(message, dict) and isinstance(message.get("method"), str) and isinstance(message.get("id"), int)


def _refusal(message: Json, code: int, text: str) -> Json:
    return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": text}}
