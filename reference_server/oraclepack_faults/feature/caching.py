"""Caching hints that are missing, impossible, or different from page to page."""

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites
from oraclepack_faults.results import is_odd


def _method(context: Context) -> object:
    return (context.request or {}).get("method")


def _is_result(message: Json, context: Context) -> bool:
    return context.era == "stateless" and isinstance(message.get("result"), dict)


@rewrites("caching/hints-missing", "feature")
def hints_missing(message: Json, context: Context) -> Rewritten:
    """The result of tools/list has no caching hints."""
    if _is_result(message, context) and _method(context) == "tools/list":
        kept = {name: value for name, value in message["result"].items() if name not in {"ttlMs", "cacheScope"}}
        return {**message, "result": kept}
    return message


@rewrites("caching/bad-ttl", "feature")
def bad_ttl(message: Json, context: Context) -> Rewritten:
    """The result of tools/list may be kept for a negative time."""
    if _is_result(message, context) and _method(context) == "tools/list":
        return {**message, "result": {**message["result"], "ttlMs": -1}}
    return message


@rewrites("caching/scope-differs-between-pages", "feature")
def scope_differs_between_pages(message: Json, context: Context) -> Rewritten:
    """Every second answer to prompts/list is for everybody, the others for the caller alone."""
    if _is_result(message, context) and _method(context) == "prompts/list":
        scope = "public" if is_odd(context) else "private"
        return {**message, "result": {**message["result"], "cacheScope": scope}}
    return message
