"""Tools: odd lists, unknown names, unchecked arguments, untrue results."""

import json
from typing import Any

from oraclepack_faults.fault import PASS, Context, Forward, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result

_NO_SUCH_TOOL = "mcp-audit-no-such-tool"


def _tools(message: Json, context: Context) -> list[Json] | None:
    """Return the listed tools where the message is a list of them."""
    if method_of(context) != "tools/list" or not isinstance(message.get("result"), dict):
        return None
    tools: list[Json] = message["result"]["tools"]
    return tools


def _call_result(message: Json, context: Context) -> Json | None:
    """Return the result where the message answers a successful call of a tool."""
    result = message.get("result")
    if method_of(context) != "tools/call" or not isinstance(result, dict) or result.get("isError"):
        return None
    return result


def _calls_unknown(context: Context) -> bool:
    name = params_of(context.request).get("name")
    return method_of(context) == "tools/call" and str(name).startswith(_NO_SUCH_TOOL)


def _is_nonsense(value: object) -> bool:
    return isinstance(value, dict) and "mcp-audit" in value


@rewrites("tools/name-outside-charset", "feature")
def name_outside_charset(message: Json, context: Context) -> Rewritten:
    """A tool is listed whose name has blanks in it."""
    tools = _tools(message, context)
    return message if not tools else with_member(message, "tools", [*tools, {**tools[0], "name": "list all packs!"}])


@rewrites("tools/duplicate-name", "feature")
def duplicate_name(message: Json, context: Context) -> Rewritten:
    """The last tool is listed twice."""
    tools = _tools(message, context)
    return message if not tools else with_member(message, "tools", [*tools, tools[-1]])


@rewrites("tools/invalid-schema", "feature")
def invalid_schema(message: Json, context: Context) -> Rewritten:
    """The input schema of the first tool has a property of a type that does not exist."""
    tools = _tools(message, context)
    if not tools:
        return message
    schema = tools[0]["inputSchema"]
    broken = {**schema, "properties": {**schema.get("properties", {}), "extra": {"type": "text"}}}
    return with_member(message, "tools", [{**tools[0], "inputSchema": broken}, *tools[1:]])


@rewrites("tools/runs-unknown-tool", "feature")
def runs_unknown_tool(message: Json, context: Context) -> Rewritten:
    """A tool that does not exist runs, and has nothing to say."""
    return with_result(message, {"content": []}, context) if _calls_unknown(context) else message


@rewrites("tools/unknown-tool-as-result", "feature")
def unknown_tool_as_result(message: Json, context: Context) -> Rewritten:
    """A tool that does not exist is reported as a tool's own error."""
    if not _calls_unknown(context):
        return message
    return with_result(message, {"isError": True, "content": [{"type": "text", "text": "Unknown tool"}]}, context)


@rewrites("tools/structured-content-missing", "feature")
def structured_content_missing(message: Json, context: Context) -> Rewritten:
    """Results of tools have no structured content."""
    result = _call_result(message, context)
    if result is None:
        return message
    return {**message, "result": {name: value for name, value in result.items() if name != "structuredContent"}}


@rewrites("tools/structured-content-breaks-schema", "feature")
def structured_content_breaks_schema(message: Json, context: Context) -> Rewritten:
    """Structured content lacks every member that the output schema requires."""
    result = _call_result(message, context)
    if result is None or "structuredContent" not in result:
        return message
    return {**message, "result": {**result, "structuredContent": {}, "content": [{"type": "text", "text": "{}"}]}}


@rewrites("tools/structured-content-not-mirrored", "feature")
def structured_content_not_mirrored(message: Json, context: Context) -> Rewritten:
    """The text beside structured content only refers to it."""
    result = _call_result(message, context)
    if result is None or "structuredContent" not in result:
        return message
    return with_member(message, "content", [{"type": "text", "text": "See the structured content."}])


@answers("tools/skips-input-validation", "feature")
def skips_input_validation(message: Any, context: Context) -> Reply:
    """Arguments of a wrong type are dropped, and the tool runs without them."""
    if not isinstance(message, dict) or message.get("method") != "tools/call":
        return PASS
    params = params_of(message)
    arguments = params.get("arguments")
    kept = {name: value for name, value in (arguments or {}).items() if not _is_nonsense(value)}
    return Forward({**message, "params": {**params, "arguments": kept}})


@rewrites("tools/input-error-as-protocol-error", "feature")
def input_error_as_protocol_error(message: Json, context: Context) -> Rewritten:
    """Arguments of a wrong type are a protocol error."""
    arguments = params_of(context.request).get("arguments")
    spoiled = isinstance(arguments, dict) and any(map(_is_nonsense, arguments.values()))
    if method_of(context) == "tools/call" and spoiled and "result" in message:
        return with_error(message, -32602, json.dumps("Invalid arguments"))
    return message


@rewrites("tools/failure-as-protocol-error", "feature")
def failure_as_protocol_error(message: Json, context: Context) -> Rewritten:
    """What a tool reports as its failure is an internal error of the server."""
    result = message.get("result")
    if method_of(context) != "tools/call" or not isinstance(result, dict) or result.get("isError") is not True:
        return message
    invalid = str(result["content"]).find("INVALID_ARGUMENT") >= 0
    return message if invalid or _calls_unknown(context) else with_error(message, -32603)


@answers("tools/name-in-any-case", "feature")
def name_in_any_case(message: Any, context: Context) -> Reply:
    """Tools are found by their name in any case."""
    name = params_of(message).get("name")
    if not isinstance(message, dict) or message.get("method") != "tools/call" or not isinstance(name, str):
        return PASS
    headers = {"mcp-name": name.lower()} if context.era == "stateless" else {}
    return Forward({**message, "params": {**params_of(message), "name": name.lower()}}, headers)
