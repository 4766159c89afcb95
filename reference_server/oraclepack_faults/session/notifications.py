"""Faults in what notifications do: they are answered, break the session, or tell of the wrong thing."""

from typing import Any, Final

from oraclepack_faults.fault import DROP, PASS, Context, Forward, Json, Reply, Rewritten, answers, rewrites

_KNOWN: Final = {
    "notifications/initialized",
    "notifications/cancelled",
    "notifications/progress",
    "notifications/roots/list_changed",
}


def _is_notification(message: Any, context: Context) -> bool:
    is_call = isinstance(message, dict) and isinstance(message.get("method"), str)
    return is_call and "id" not in message


def _complaint(sentence: str, context: Context) -> Json:
    """Complain about a message without an id; the last revision knows no id that is null."""
    identity = {} if context.era == "stateless" else {"id": None}
    return {"jsonrpc": "2.0", **identity, "error": {"code": -32601, "message": sentence}}


@answers("jsonrpc/answers-unknown-notification", "session")
def answers_unknown_notification(message: Any, context: Context) -> Reply:
    """The server complains about notifications that it does not know."""
    if _is_notification(message, context) and message["method"].startswith("notifications/"):
        return PASS if message["method"] in _KNOWN else _complaint("Unknown notification.", context)
    return PASS


@answers("jsonrpc/answers-request-without-id", "session")
def answers_request_without_id(message: Any, context: Context) -> Reply:
    """The server makes up an id for requests that have none, and answers them."""
    if _is_notification(message, context) and message["method"] in {"ping", "server/discover"}:
        return Forward({**message, "id": "made-up"})
    return PASS


@answers("cancellation/answers-unknown-cancellation", "session")
def answers_unknown_cancellation(message: Any, context: Context) -> Reply:
    """The server complains about cancellations of requests that are not running."""
    if _is_notification(message, context) and message["method"] == "notifications/cancelled":
        return _complaint("Unknown request.", context) if "requestId" in _params(message) else PASS
    return PASS


@answers("cancellation/answers-malformed-cancellation", "session")
def answers_malformed_cancellation(message: Any, context: Context) -> Reply:
    """The server complains about cancellations that name no request."""
    if _is_notification(message, context) and message["method"] == "notifications/cancelled":
        return PASS if "requestId" in _params(message) else _complaint("Which request?", context)
    return PASS


@answers("cancellation/breaks-session", "session")
def breaks_session(message: Any, context: Context) -> Reply:
    """After a cancellation the server serves its session no more, where there is one."""
    if context.transport == "http" and context.era == "stateless":
        return PASS
    if _is_notification(message, context) and message["method"] == "notifications/cancelled":
        context.session["broken"] = True
        return DROP
    if context.session.get("broken") and isinstance(message, dict) and "method" in message and "id" in message:
        error = {"code": -32603, "message": "The session was cancelled."}
        return {"jsonrpc": "2.0", "id": message["id"], "error": error}
    return PASS


@rewrites("progress/unsolicited-token", "session")
def reports_unasked(message: Json, context: Context) -> Rewritten:
    """The server reports progress to somebody else's token."""
    return message if _token(context) is None else [_report("somebody-else", 1), message]


@rewrites("progress/does-not-increase", "session")
def reports_standstill(message: Json, context: Context) -> Rewritten:
    """The server reports the same progress twice."""
    token = _token(context)
    return message if token is None else [_report(token, 1), _report(token, 1), message]


@rewrites("jsonrpc/notification-with-id", "session")
def numbers_notifications(message: Json, context: Context) -> Rewritten:
    """The server gives its progress notifications an id."""
    token = _token(context)
    return message if token is None else [{**_report(token, 1), "id": 4711}, message]


def _params(message: Json) -> Json:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def _token(context: Context) -> str | int | None:
    """Return the progress token of the request that is being answered, where it is one."""
    meta = _params(context.request or {}).get("_meta")
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    return token if isinstance(token, str | int) and not isinstance(token, bool) else None


def _report(token: str | int, progress: int) -> Json:
    params = {"progressToken": token, "progress": progress}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}
