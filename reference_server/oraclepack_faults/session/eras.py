"""A server that is another one without the handshake."""

from typing import Any

from oraclepack_faults.fault import PASS, Answer, Context, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import method_of, params_of, with_member, with_result

_SERVER_INFO = "io.modelcontextprotocol/serverInfo"


def _stateless_result(message: Json, context: Context, method: str) -> bool:
    return context.era == "stateless" and method_of(context) == method and "result" in message


@rewrites("eras/lists-differ", "session")
def lists_differ(message: Json, context: Context) -> Rewritten:
    """Without the handshake the first tool is not listed."""
    if not _stateless_result(message, context, "tools/list") or "cursor" in params_of(context.request):
        return message
    return with_member(message, "tools", message["result"]["tools"][1:])


@rewrites("eras/tool-described-differently", "session")
def tool_described_differently(message: Json, context: Context) -> Rewritten:
    """Without the handshake tools are described in other words."""
    if not _stateless_result(message, context, "tools/list"):
        return message
    tools = [{**tool, "description": f"New: {tool.get('description', '')}"} for tool in message["result"]["tools"]]
    return with_member(message, "tools", tools)


@rewrites("eras/another-name", "session")
def another_name(message: Json, context: Context) -> Rewritten:
    """Without the handshake the server gives another version of itself."""
    result = message.get("result")
    meta = result.get("_meta") if isinstance(result, dict) else None
    if context.era != "stateless" or not isinstance(meta, dict) or not isinstance(meta.get(_SERVER_INFO), dict):
        return message
    return with_member(message, "_meta", {**meta, _SERVER_INFO: {**meta[_SERVER_INFO], "version": "99.0"}})


@rewrites("eras/capability-in-one-only", "session")
def _without_prompts(message: Json, context: Context) -> Rewritten:
    """Without the handshake there are no prompts."""
    if not _stateless_result(message, context, "server/discover"):
        return message
    capabilities = {name: value for name, value in message["result"]["capabilities"].items() if name != "prompts"}
    return with_member(message, "capabilities", capabilities)


@answers("eras/capability-in-one-only", "session")
def _no_prompts(message: Any, context: Context) -> Reply:
    """Requests for prompts are refused."""
    method = message.get("method") if isinstance(message, dict) else None
    if context.era != "stateless" or not isinstance(method, str) or not method.startswith("prompts/"):
        return PASS
    error = {"code": -32601, "message": "Method not found"}
    return Answer({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, status=404)


capability_in_one_only = both(_without_prompts, _no_prompts)


@rewrites("eras/call-ends-differently", "session")
def call_ends_differently(message: Json, context: Context) -> Rewritten:
    """Without the handshake calls that ask for no progress fail."""
    plain = "progressToken" not in params_of(context.request).get("_meta", {})
    if not _stateless_result(message, context, "tools/call") or not plain:
        return message
    return with_result(message, {"content": [{"type": "text", "text": "Not now"}], "isError": True}, context)


@rewrites("eras/unknown-served-in-one", "session")
def unknown_served_in_one(message: Json, context: Context) -> Rewritten:
    """Without the handshake one prompt is there that is not listed."""
    unknown = method_of(context) == "prompts/get" and params_of(context.request).get("name") == "mcp-audit-nowhere"
    if context.era != "stateless" or not unknown:
        return message
    return Answer(with_result(message, {"messages": []}, context), status=200)
