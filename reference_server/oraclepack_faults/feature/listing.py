"""Lists that are not the same from request to request."""

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites


def _round(message: Json, context: Context) -> int:
    """Count the tool lists of the stateless era; 0 for every other message."""
    if context.era != "stateless" or (context.request or {}).get("method") != "tools/list" or "result" not in message:
        return 0
    context.session["tool_lists"] = context.session.get("tool_lists", 0) + 1
    return int(context.session["tool_lists"])


@rewrites("tools/order-changes", "feature")
def order_changes(message: Json, context: Context) -> Rewritten:
    """Every second list of tools is reversed."""
    if _round(message, context) % 2:
        return {**message, "result": {**message["result"], "tools": message["result"]["tools"][::-1]}}
    return message


@rewrites("tools/set-changes", "feature")
def set_changes(message: Json, context: Context) -> Rewritten:
    """Every second list of tools lacks the last one."""
    if _round(message, context) % 2:
        return {**message, "result": {**message["result"], "tools": message["result"]["tools"][:-1]}}
    return message
