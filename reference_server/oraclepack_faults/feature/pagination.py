"""Cursors: made up ones accepted, wrong codes, pages that come round again."""

from typing import Any

from oraclepack_faults.fault import PASS, Context, Fault, Forward, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import is_odd, method_of, params_of, with_error, with_member

_MADE_UP = "mcp-audit-"
_REPEATS = "pagination/repeats-items"
_AGAIN = "again"


def _without_cursor(message: Json) -> Forward:
    params = {name: value for name, value in params_of(message).items() if name != "cursor"}
    return Forward({**message, "params": params})


@answers("pagination/accepts-made-up-cursor", "feature")
def accepts_made_up_cursor(message: Any, context: Context) -> Reply:
    """A cursor that cannot be read gives the first page."""
    return _without_cursor(message) if str(params_of(message).get("cursor")).startswith(_MADE_UP) else PASS


@rewrites("pagination/wrong-code-for-made-up-cursor", "feature")
def wrong_code_for_made_up_cursor(message: Json, context: Context) -> Rewritten:
    """A cursor that cannot be read is an internal error."""
    made_up = str(params_of(context.request).get("cursor")).startswith(_MADE_UP)
    return with_error(message, -32603) if made_up and "error" in message else message


@rewrites(_REPEATS, "feature")
def _promises_a_second_page(message: Json, context: Context) -> Rewritten:
    """The second page of templates is the first one again."""
    first = method_of(context) == "resources/templates/list" and "cursor" not in params_of(context.request)
    if not first or not isinstance(message.get("result"), dict):
        return message
    return with_member(message, "nextCursor", _AGAIN)


@answers(_REPEATS, "feature")
def _serves_the_first_page_again(message: Any, context: Context) -> Reply:
    """The second page of templates is the first one again."""
    return _without_cursor(message) if params_of(message).get("cursor") == _AGAIN else PASS


repeats_items: Fault = both(_promises_a_second_page, _serves_the_first_page_again)


@rewrites("pagination/unstable-cursor", "feature")
def unstable_cursor(message: Json, context: Context) -> Rewritten:
    """A cursor gives its page from the front and from the back in turns."""
    result = message.get("result")
    follows = str(method_of(context)).endswith("/list") and "cursor" in params_of(context.request)
    if not follows or not isinstance(result, dict) or is_odd(context):
        return message
    turned = {name: value[::-1] if isinstance(value, list) else value for name, value in result.items()}
    return {**message, "result": turned}
