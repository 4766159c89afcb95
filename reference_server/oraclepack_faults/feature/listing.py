"""Lists that are not the same from request to request."""

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites
from oraclepack_faults.results import is_odd, method_of


def _every_second_list(message: Json, context: Context) -> bool:
    is_list = context.era == "stateless" and method_of(context) == "tools/list" and "result" in message
    return is_list and is_odd(context)


@rewrites("tools/order-changes", "feature")
def order_changes(message: Json, context: Context) -> Rewritten:
    """Every second list of tools is reversed."""
    if _every_second_list(message, context):
        return {**message, "result": {**message["result"], "tools": message["result"]["tools"][::-1]}}
    return message


@rewrites("tools/set-changes", "feature")
def set_changes(message: Json, context: Context) -> Rewritten:
    """Every second list of tools lacks the last one."""
    if _every_second_list(message, context):
        return {**message, "result": {**message["result"], "tools": message["result"]["tools"][:-1]}}
    return message
