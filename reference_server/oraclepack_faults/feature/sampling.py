"""Sampling: clients that cannot do it, conversations that no model takes, answers that nobody checks."""

from collections.abc import Callable
from typing import Any

from mcp_types import ClientCapabilities
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from oraclepack_faults.asked import SAMPLE, with_answers, with_questions
from oraclepack_faults.fault import Context, Forward, Json, Reply, Rewritten, answers, replaces, rewrites

_ASKED = "oraclepack_mcp.diagnostics.questions.can_be_asked"
_CONTEXT_SINCE = "2025-11-25"


@answers("sampling/takes-unknown-content", "feature")
def takes_unknown_content(message: Any, context: Context) -> Reply:
    """Content of a model is taken for text, whatever it says of its type."""

    def change(result: Json) -> Json:
        content = result.get("content")
        is_odd = isinstance(content, dict) and content.get("type") == "mcp-audit-unknown"
        return {**result, "content": {**content, "type": "text"}} if is_odd and isinstance(content, dict) else result

    return Forward(with_answers(message, change))


@replaces("sampling/asks-undeclared-sampling", "feature", _ASKED)
def asks_undeclared_sampling(can_be_asked: Any) -> Any:
    """Clients of the handshake era are asked for sampling without a look at what they declared."""

    def anybody(ctx: Any, needed: ClientCapabilities) -> bool:
        plain = needed.sampling is not None and needed.sampling.tools is None
        return (plain and ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS) or can_be_asked(ctx, needed)

    return anybody


@replaces("sampling/tools-without-capability", "feature", _ASKED)
def tools_without_capability(can_be_asked: Any) -> Any:
    """Tools are offered through every client that declared sampling."""

    def any_sampling(ctx: Any, needed: ClientCapabilities) -> bool:
        declared = ctx.session.client_capabilities
        able = needed.sampling is not None and declared is not None and declared.sampling is not None
        return able or can_be_asked(ctx, needed)

    return any_sampling


@rewrites("sampling/context-without-capability", "feature")
def context_without_capability(message: Json, context: Context) -> Rewritten:
    """Sampling always wants the context of this server."""
    if (context.revision or "") < _CONTEXT_SINCE:
        return message
    return with_questions(message, SAMPLE, lambda params: {**params, "includeContext": "thisServer"})


def _with_messages(message: Json, change: Callable[[list[Json]], list[Json]]) -> Json:
    return with_questions(message, SAMPLE, lambda params: {**params, "messages": change(params["messages"])})


def _results(message: Json) -> list[Json]:
    content = message.get("content")
    items = content if isinstance(content, list) else []
    return [item for item in items if item.get("type") == "tool_result"]


def _in_results(change: Callable[[list[Json]], list[Json]]) -> Callable[[list[Json]], list[Json]]:
    return lambda messages: [
        {**message, "content": change(message["content"])} if _results(message) else message for message in messages
    ]


@rewrites("sampling/leaves-tool-use-unanswered", "feature")
def leaves_tool_use_unanswered(message: Json, context: Context) -> Rewritten:
    """Results of tools are left out of the conversation."""
    return _with_messages(message, lambda messages: [item for item in messages if not _results(item)])


@rewrites("sampling/mixes-tool-results", "feature")
def mixes_tool_results(message: Json, context: Context) -> Rewritten:
    """Results of tools come with a remark."""
    return _with_messages(message, _in_results(lambda items: [*items, {"type": "text", "text": "There you are."}]))


@rewrites("sampling/result-of-unknown-use", "feature")
def result_of_unknown_use(message: Json, context: Context) -> Rewritten:
    """Beside the results of tools that were used is one of a tool that was not."""
    extra: Json = {"type": "tool_result", "toolUseId": "use-of-nothing", "content": []}
    return _with_messages(message, _in_results(lambda items: [*items, extra]))


@rewrites("sampling/tool-result-breaks-schema", "feature")
def tool_result_breaks_schema(message: Json, context: Context) -> Rewritten:
    """Structured results of tools have texts for numbers."""

    def change(items: list[Json]) -> list[Json]:
        return [{**item, "structuredContent": {"number": "two"}} for item in items]

    return _with_messages(message, _in_results(change))


@replaces("sampling/endless-tool-loop", "feature", "oraclepack_mcp.diagnostics.consulting._MOST_USES")
def endless_tool_loop(most: Any) -> Any:
    """A model may use tools as often as it likes."""
    return most * 1_000_000


@rewrites("schema/question", "feature")
def question(message: Json, context: Context) -> Rewritten:
    """Messages of sampling in a result do not say who speaks."""
    if context.era != "stateless":
        return message
    return _with_messages(message, lambda messages: [{"content": item["content"]} for item in messages])
