"""Schemas that refer to documents that nobody can read."""

from typing import Any

from oraclepack_faults.fault import PASS, Context, Forward, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import method_of, params_of, with_member

_ELSEWHERE = {"$ref": "urn:example:options"}
_NAME = "options"


def _extended(tool: Json) -> Json:
    properties = {**tool["inputSchema"].get("properties", {}), _NAME: _ELSEWHERE}
    return {**tool, "inputSchema": {**tool["inputSchema"], "properties": properties}}


@rewrites("tools/ignores-unresolved-reference", "feature")
def _with_reference(message: Json, context: Context) -> Rewritten:
    """Tools that only read take options whose schema lies elsewhere."""
    if method_of(context) != "tools/list" or context.era != "stateless" or "result" not in message:
        return message
    tools = message["result"]["tools"]
    read_only = [bool(tool.get("annotations", {}).get("readOnlyHint")) for tool in tools]
    changed = [_extended(tool) if reads else tool for tool, reads in zip(tools, read_only, strict=True)]
    return with_member(message, "tools", changed)


@answers("tools/ignores-unresolved-reference", "feature")
def _options_dropped(message: Any, context: Context) -> Reply:
    """The options are not looked at."""
    params = params_of(message)
    arguments = params.get("arguments")
    if context.era != "stateless" or not isinstance(arguments, dict) or _NAME not in arguments:
        return PASS
    left = {name: value for name, value in arguments.items() if name != _NAME}
    return Forward({**message, "params": {**params, "arguments": left}})


ignores_unresolved_reference = both(_with_reference, _options_dropped)
