"""Faults in how progress is reported."""

from typing import Any

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites

_METHOD = "notifications/progress"
_FLOOD = 150


def _report(token: Any, progress: float, **more: Any) -> Json:
    params = {"progressToken": token, "progress": progress, **more}
    return {"jsonrpc": "2.0", "method": _METHOD, "params": params}


@rewrites("progress/after-completion", "feature")
def reports_what_is_over(message: Json, context: Context) -> Rewritten:
    """After the result of a call that asked for progress comes one more report."""
    request = context.request or {}
    result = message.get("result")
    if request.get("method") != "tools/call" or not isinstance(result, dict) or "task" in result:
        return message
    meta = request.get("params", {}).get("_meta") or {}
    if "progressToken" not in meta:
        return message
    return [message, _report(meta["progressToken"], 1_000_000)]


@rewrites("progress/floods", "feature")
def reports_every_step(message: Json, _: Context) -> Rewritten:
    """Each report is followed by many about nothing."""
    if message.get("method") != _METHOD:
        return message
    params = message["params"]
    steps = [{**params, "progress": params["progress"] + number / 1_000_000} for number in range(_FLOOD)]
    return [{**message, "params": step} for step in steps]


@rewrites("progress/unreadable-message", "feature")
def reports_in_signs(message: Json, _: Context) -> Rewritten:
    """The message of a report is a bar of signs."""
    if message.get("method") != _METHOD:
        return message
    return {**message, "params": {**message["params"], "message": "##########"}}
