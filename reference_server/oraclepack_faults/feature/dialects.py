"""Schemas of tools: written in an old dialect, and enforced in part."""

from typing import Any

from oraclepack_faults.fault import PASS, Context, Forward, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.results import method_of, params_of, with_member

_CONDITIONAL = "json_schema_2020_12_tool"
_REACHABLE = {"phone": "0", "email": "a@example.com"}


@answers("basic/ignores-schema-conditions", "feature")
def adds_what_is_missing(message: Any, context: Context) -> Reply:
    """What only a condition of the schema demands need not be given."""
    params = params_of(message)
    arguments = params.get("arguments")
    called = isinstance(message, dict) and message.get("method") == "tools/call" and params.get("name") == _CONDITIONAL
    if not called or not isinstance(arguments, dict):
        return PASS
    return Forward({**message, "params": {**params, "arguments": {**_REACHABLE, **arguments}}})


@rewrites("basic/schema-of-other-dialect", "feature")
def schema_of_draft_07(message: Json, context: Context) -> Rewritten:
    """The schema of the first tool names draft-07."""
    tools = message["result"].get("tools") if isinstance(message.get("result"), dict) else None
    if method_of(context) != "tools/list" or not tools:
        return message
    schema = {**tools[0]["inputSchema"], "$schema": "http://json-schema.org/draft-07/schema#"}
    return with_member(message, "tools", [{**tools[0], "inputSchema": schema}, *tools[1:]])
