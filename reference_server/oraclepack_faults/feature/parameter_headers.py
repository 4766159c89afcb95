"""Parameters that are mirrored into headers: annotated in ways that clients cannot follow, or compared wrongly."""

import base64
from collections.abc import Callable
from typing import Any

from oraclepack_faults.fault import PASS, Answer, Context, Fault, Forward, Json, Reply, Rewritten, answers
from oraclepack_faults.results import method_of, params_of, with_member

_TOOL = "test_x_mcp_header"
_REGION, _PRIORITY = "mcp-param-region", "mcp-param-priority"


def _with_property(name: str, schema: Json) -> Callable[[Json, Context], Rewritten]:
    """Return a rewrite that adds a parameter to one listed tool of the stateless era."""

    def rewrite(message: Json, context: Context) -> Rewritten:
        if method_of(context) != "tools/list" or context.era != "stateless" or "result" not in message:
            return message
        tools = [_extended(tool) if tool.get("name") == _TOOL else tool for tool in message["result"]["tools"]]
        return with_member(message, "tools", tools)

    def _extended(tool: Json) -> Json:
        properties = {**tool["inputSchema"]["properties"], name: schema}
        return {**tool, "inputSchema": {**tool["inputSchema"], "properties": properties}}

    return rewrite


def _annotates(check: str, about: str, name: str, schema: Json) -> Fault:
    return Fault(check, "feature", about, rewrite=_with_property(name, schema))


parameter_name_is_no_token = _annotates(
    "headers/parameter-name-is-no-token",
    "The name of a parameter's header has a space.",
    "odd",
    {"type": "string", "x-mcp-header": "Odd Name"},
)
parameter_name_used_twice = _annotates(
    "headers/parameter-name-used-twice",
    "Two parameters are mirrored into headers that differ by case alone.",
    "odd",
    {"type": "string", "x-mcp-header": "REGION"},
)
parameter_of_no_plain_type = _annotates(
    "headers/parameter-of-no-plain-type",
    "A number with a fraction is mirrored.",
    "odd",
    {"type": "number", "x-mcp-header": "Odd"},
)
parameter_out_of_reach = _annotates(
    "headers/parameter-out-of-reach",
    "The items of a list are mirrored.",
    "odd",
    {"type": "array", "items": {"type": "string", "x-mcp-header": "Odd"}},
)
parameter_beyond_safe_integers = _annotates(
    "headers/parameter-beyond-safe-integers",
    "A mirrored integer goes up to 2^60.",
    "odd",
    {"type": "integer", "maximum": 2**60, "x-mcp-header": "Odd"},
)
mirrors_secret_parameter = _annotates(
    "headers/mirrors-secret-parameter",
    "A password is mirrored.",
    "password",
    {"type": "string", "x-mcp-header": "Odd"},
)


def _arguments(message: object) -> Json | None:
    params = params_of(message)
    arguments = params.get("arguments")
    return arguments if params.get("name") == _TOOL and isinstance(arguments, dict) else None


def _encoded(text: str) -> str:
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def _mismatch(message: Json) -> Answer:
    error = {"code": -32020, "message": "Header mismatch"}
    return Answer({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, status=400)


@answers("headers/serves-without-parameter-header", "feature")
def serves_without_parameter_header(message: Any, context: Context) -> Reply:
    """A missing header of a parameter is filled in from the body."""
    arguments = _arguments(message)
    if arguments is not None and _REGION not in context.headers and isinstance(arguments.get("region"), str):
        return Forward(message, {_REGION: _encoded(arguments["region"])})
    return PASS


@answers("headers/serves-mismatched-parameter", "feature")
def serves_mismatched_parameter(message: Any, context: Context) -> Reply:
    """A plain header of a parameter is overwritten with the argument."""
    arguments = _arguments(message)
    if arguments is not None and context.headers.get(_REGION, "=?").isascii() and _REGION in context.headers:
        return Forward(message, {_REGION: _encoded(str(arguments.get("region")))})
    return PASS


@answers("headers/serves-invalid-parameter-header", "feature")
def serves_invalid_parameter_header(message: Any, context: Context) -> Reply:
    """Bytes above ASCII in the header of a parameter are taken for UTF-8."""
    given = context.headers.get(_REGION, "")
    if _arguments(message) is None or given.isascii():
        return PASS
    text = given.encode("latin-1", "ignore").decode("utf-8", "replace")
    return Forward(message, {_REGION: _encoded(text)})


@answers("headers/encoded-parameter-not-decoded", "feature")
def encoded_parameter_not_decoded(message: Any, context: Context) -> Reply:
    """The header of a parameter in base64 form is compared as it stands."""
    if _arguments(message) is not None and context.headers.get(_REGION, "").startswith("=?base64?"):
        return _mismatch(message)
    return PASS


@answers("headers/wants-header-of-absent-parameter", "feature")
def wants_header_of_absent_parameter(message: Any, context: Context) -> Reply:
    """A call without an optional argument is refused for want of its header."""
    arguments = _arguments(message)
    plain = "progressToken" not in params_of(message).get("_meta", {})
    if arguments is not None and plain and "region" not in arguments and context.era == "stateless":
        return _mismatch(message)
    return PASS


@answers("headers/wants-header-of-null-parameter", "feature")
def wants_header_of_null_parameter(message: Any, context: Context) -> Reply:
    """A call with null is refused for want of a header that says so."""
    arguments = _arguments(message)
    if arguments is not None and "region" in arguments and arguments["region"] is None:
        return _mismatch(message)
    return PASS


@answers("headers/compares-integers-as-text", "feature")
def compares_integers_as_text(message: Any, context: Context) -> Reply:
    """The header of an integer is compared letter by letter."""
    arguments = _arguments(message)
    given = context.headers.get(_PRIORITY)
    if arguments is not None and given is not None and given != str(arguments.get("priority")):
        return _mismatch(message)
    return PASS
