"""What a server offers that takes arguments: tools, prompts, resource templates, completions; each with its schema."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp_audit_harness.model import JsonObject, Offer
from mcp_audit_harness.probe import Probe

from .uri_expansion import arguments_schema, expanded, variables

TOOL, PROMPT, RESOURCE_TEMPLATE, COMPLETION = "tool", "prompt", "resource_template", "completion"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to request with arguments of one's choice."""

    kind: str
    """`tool`, `prompt`, `resource_template` or `completion`."""
    name: str
    schema: Any
    """JSON Schema of the arguments, taken together as one object; of a tool as it is listed, whatever it is."""
    output_schema: Any = None
    read_only: bool = False
    """Whether the server says so (`readOnlyHint`); likewise `idempotent`."""
    idempotent: bool = False
    item: JsonObject = field(default_factory=dict)
    """As it is listed; of a completion, its reference (`ref`) and what it completes (`argument`)."""

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"{self.kind}:{self.name}"

    def request(self, arguments: Any) -> tuple[str, JsonObject]:
        """Return the method and the params that carry these arguments, right or wrong ones."""
        if self.kind == RESOURCE_TEMPLATE:
            values = arguments if isinstance(arguments, dict) else {}
            return "resources/read", {"uri": expanded(self.item["uriTemplate"], values)}
        if self.kind == COMPLETION:
            given = arguments if isinstance(arguments, dict) else {"value": arguments}
            return "completion/complete", {
                "ref": self.item["ref"],
                "argument": {**given, "name": self.item["argument"]},
            }
        method = "tools/call" if self.kind == TOOL else "prompts/get"
        return method, {"name": self.name, "arguments": arguments}


def operations(probe: Probe) -> tuple[Operation, ...]:
    """Return what may be called: tools that the operator consents to, prompts, templates, and completions if declared.

    What is listed twice under one name occurs once.
    """
    return operations_of(probe.offer, probe.callable_tools())


def operations_of(offer: Offer, tools: Sequence[JsonObject]) -> tuple[Operation, ...]:
    """Return what an offer has that takes arguments; of its tools only those that are given."""
    found = [*_tools(tools), *_prompts(offer.prompts), *_templates(offer.resource_templates)]
    if offer.declares("completions"):
        found += _completions(offer.prompts, offer.resource_templates)
    return tuple({operation.subject: operation for operation in reversed(found)}.values())[::-1]


def tool_operation(tool: JsonObject) -> Operation | None:
    """Return the operation of a listed tool; None if it has no name."""
    name = tool.get("name")
    if not isinstance(name, str):
        return None
    hints = tool.get("annotations")
    hints = hints if isinstance(hints, dict) else {}
    return Operation(
        TOOL,
        name,
        tool.get("inputSchema"),
        tool.get("outputSchema"),
        read_only=hints.get("readOnlyHint") is True,
        idempotent=hints.get("idempotentHint") is True,
        item=tool,
    )


def _tools(tools: Sequence[JsonObject]) -> Iterator[Operation]:
    yield from (operation for tool in tools if (operation := tool_operation(tool)) is not None)


def _arguments(prompt: JsonObject) -> list[JsonObject]:
    listed = prompt.get("arguments")
    items = listed if isinstance(listed, list) else []
    return [item for item in items if isinstance(item, dict) and isinstance(item.get("name"), str)]


def _prompts(prompts: tuple[JsonObject, ...]) -> Iterator[Operation]:
    for prompt in prompts:
        if isinstance(prompt.get("name"), str):
            arguments = _arguments(prompt)
            schema: JsonObject = {
                "type": "object",
                "properties": {item["name"]: _described(item) for item in arguments},
                "required": list(dict.fromkeys(item["name"] for item in arguments if item.get("required") is True)),
                "additionalProperties": {"type": "string"},
            }
            yield Operation(PROMPT, prompt["name"], schema, item=prompt)


def _described(argument: JsonObject) -> JsonObject:
    text = argument.get("description")
    return {"type": "string", "description": text} if isinstance(text, str) else {"type": "string"}


def _templates(templates: tuple[JsonObject, ...]) -> Iterator[Operation]:
    for item in templates:
        template = item.get("uriTemplate")
        if isinstance(template, str) and variables(template):
            name = item.get("name")
            schema = arguments_schema(template)
            yield Operation(RESOURCE_TEMPLATE, name if isinstance(name, str) else template, schema, item=item)


def _completions(prompts: tuple[JsonObject, ...], templates: tuple[JsonObject, ...]) -> Iterator[Operation]:
    for prompt in prompts:
        if isinstance(name := prompt.get("name"), str):
            for item in _arguments(prompt):
                yield _completion({"type": "ref/prompt", "name": name}, item["name"], name)
    for item in templates:
        if isinstance(template := item.get("uriTemplate"), str):
            for variable in variables(template):
                yield _completion({"type": "ref/resource", "uri": template}, variable.name, template)


def _completion(reference: JsonObject, argument: str, of: str) -> Operation:
    schema: JsonObject = {
        "type": "object",
        "properties": {"value": {"type": "string"}},
        "required": ["value"],
        "additionalProperties": True,
    }
    return Operation(COMPLETION, f"{of}#{argument}", schema, item={"ref": reference, "argument": argument})
