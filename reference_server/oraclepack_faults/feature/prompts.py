"""Prompts: unknown ones served, arguments not demanded, wrong codes."""

import re

from oraclepack_faults.fault import Context, Json, Rewritten, rewrites
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result

_PRODUCT = re.compile(r"\{\{(\d+)\*(\d+)\}\}")
_NO_SUCH_PROMPT = "mcp-audit-no-such-prompt"


def _asked(context: Context) -> str:
    """Return the name of the prompt that was asked for, where the message answers prompts/get."""
    return str(params_of(context.request).get("name")) if method_of(context) == "prompts/get" else ""


def _unknown(context: Context) -> bool:
    return _asked(context).startswith(_NO_SUCH_PROMPT)


def _lacks_arguments(message: Json, context: Context) -> bool:
    params = params_of(context.request)
    known = isinstance(params.get("name"), str) and bool(_asked(context)) and not _unknown(context)
    return known and not params.get("arguments") and "error" in message


@rewrites("prompts/serves-unknown", "feature")
def serves_unknown(message: Json, context: Context) -> Rewritten:
    """A prompt that does not exist has no messages."""
    return with_result(message, {"messages": []}, context) if _unknown(context) else message


@rewrites("prompts/wrong-code-for-unknown", "feature")
def wrong_code_for_unknown(message: Json, context: Context) -> Rewritten:
    """A prompt that does not exist is an internal error."""
    return with_error(message, -32603) if _unknown(context) else message


@rewrites("prompts/accepts-missing-argument", "feature")
def accepts_missing_argument(message: Json, context: Context) -> Rewritten:
    """A prompt is filled in without its required argument."""
    return with_result(message, {"messages": []}, context) if _lacks_arguments(message, context) else message


@rewrites("prompts/wrong-code-for-missing-argument", "feature")
def wrong_code_for_missing_argument(message: Json, context: Context) -> Rewritten:
    """A missing required argument is an internal error."""
    return with_error(message, -32603) if _lacks_arguments(message, context) else message


@rewrites("prompts/listed-but-refused", "feature")
def listed_but_refused(message: Json, context: Context) -> Rewritten:
    """A listed prompt is refused although its arguments are right."""
    return with_error(message, -32602) if _asked(context) and "result" in message else message


@rewrites("prompts/evaluates-arguments", "feature")
def evaluates_arguments(message: Json, context: Context) -> Rewritten:
    """What stands in double braces in an argument is worked out."""
    result = message.get("result")
    if not _asked(context) or not isinstance(result, dict) or "messages" not in result:
        return message
    messages = [{**one, "content": _worked_out(one["content"])} for one in result["messages"]]
    return with_member(message, "messages", messages)


def _worked_out(content: Json) -> Json:
    if content["type"] != "text":
        return content
    return {**content, "text": _PRODUCT.sub(lambda found: str(int(found[1]) * int(found[2])), content["text"])}
