"""Results of tools that a model used while sampling, against the schemas that were shown to it."""

from collections.abc import Iterator
from typing import Any

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, JsonObject, Severity, failed

from ..schemas import misfit
from .asking import NOBODY_ASKED, Consultation, judged, of_kind
from .exploration import Asking, exploration


@check(
    exploration,
    id="sampling/tool-result-breaks-schema",
    title="The result of a tool does not fit the schema that the model was shown",
    requirements=("schema/tool-result-structured-conforms",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Validate structuredContent against the outputSchema of the tool that was offered.",
)
def tool_result_breaks_schema(seen: Asking) -> Verdicts:
    """The model, and the client that checks it, rely on what the schema says."""
    looked = list(_structured(seen))
    failures = [
        failed(f"structuredContent: {trouble}", *call.evidence, subject=call.subject)
        for call, schema, content in looked
        if (trouble := misfit(schema, content))
    ]
    return judged(
        failures, (call for call, _, _ in looked), NOBODY_ASKED.format("sampling with tools that have an output schema")
    )


def _structured(seen: Asking) -> Iterator[tuple[Consultation, JsonObject, Any]]:
    """Yield every structured result of a tool with the output schema of that tool."""
    for call, question in of_kind(seen.calls, "sampling"):
        tools, messages = question.params.get("tools"), question.params.get("messages")
        schemas = {
            tool.get("name"): tool.get("outputSchema")
            for tool in (tools if isinstance(tools, list) else ())
            if isinstance(tool, dict)
        }
        used: dict[object, object] = {}
        for item in _content(messages):
            if item.get("type") == "tool_use":
                used[item.get("id")] = item.get("name")
            schema = schemas.get(used.get(item.get("toolUseId")))
            if item.get("type") == "tool_result" and "structuredContent" in item and isinstance(schema, dict):
                yield call, schema, item["structuredContent"]


def _content(messages: Any) -> Iterator[JsonObject]:
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        for item in content if isinstance(content, list) else [content]:
            if isinstance(item, dict):
                yield item
