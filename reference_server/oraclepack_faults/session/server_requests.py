"""Requests of the server: their ids and tokens, those that are given up, and pings without measure."""

from typing import Any

from oraclepack_faults.fault import PASS, Answer, Context, Forward, Json, Reply, Rewritten, answers, both, rewrites

_CANCELLED = "notifications/cancelled"
_PING = "oraclepack-ping-"
_PINGS = 12
_REAL = "real ids"


def _is_request(message: Json) -> bool:
    return "method" in message and "id" in message


@rewrites("lifecycle/abandons-without-cancelling", "session")
def abandons_without_cancelling(message: Json, context: Context) -> Rewritten:
    """Requests to the client are given up without a word."""
    return None if message.get("method") == _CANCELLED and context.era != "stateless" else message


@rewrites("cancellation/cancels-foreign-request", "session")
def cancels_foreign_request(message: Json, context: Context) -> Rewritten:
    """With its own request the server cancels another one, which nobody has sent."""
    if message.get("method") != _CANCELLED or context.era == "stateless":
        return message
    return [message, {**message, "params": {**message["params"], "requestId": "oraclepack-never-sent"}}]


@rewrites("progress/reuses-active-token", "session")
def reuses_active_token(message: Json, context: Context) -> Rewritten:
    """Every request of the server has the same progress token."""
    if not _is_request(message) or message["method"] == "ping":
        return message
    params = message.get("params") or {}
    return {**message, "params": {**params, "_meta": {**params.get("_meta", {}), "progressToken": "oraclepack"}}}


def _shown(real: Any) -> Any:
    return real - 1 if isinstance(real, int) and real % 2 == 0 and real > 1 else real


@rewrites("jsonrpc/reuses-request-id", "session")
def _repeats(message: Json, context: Context) -> Rewritten:
    """Every second request of the server has the id of the one before it."""
    if _is_request(message):
        shown = _shown(message["id"])
        context.session.setdefault(_REAL, {})[shown] = message["id"]
        return {**message, "id": shown}
    if message.get("method") == _CANCELLED:
        return {**message, "params": {**message["params"], "requestId": _shown(message["params"].get("requestId"))}}
    return message


@answers("jsonrpc/reuses-request-id", "session")
def _translates(message: Any, context: Context) -> Reply:
    """Every second request of the server has the id of the one before it."""
    real = context.session.get(_REAL, {})
    if isinstance(message, dict) and "method" not in message and message.get("id") in real:
        return Forward({**message, "id": real[message["id"]]})
    return PASS


reuses_request_id = both(_repeats, _translates)


@rewrites("ping/floods-client", "session")
def _pings(message: Json, context: Context) -> Rewritten:
    """A completion comes with a dozen pings."""
    if (context.request or {}).get("method") != "completion/complete" or context.era != "handshake":
        return message
    pings = [{"jsonrpc": "2.0", "id": f"{_PING}{number}", "method": "ping"} for number in range(_PINGS)]
    return [*pings, message]


@answers("ping/floods-client", "session")
def _hears(message: Any, context: Context) -> Reply:
    """A completion comes with a dozen pings."""
    return Answer(None, 202) if isinstance(message, dict) and str(message.get("id")).startswith(_PING) else PASS


floods_client = both(_pings, _hears)
