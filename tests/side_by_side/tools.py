"""Tools by hand, on the protocol of the correct server of the tests: the two servers differ in nothing else."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.correct_server import (
    INVALID_PARAMS,
    Conversation,
    JsonObject,
    RefusalError,
    answer,
    check_shape,
    is_response,
)

Run = Callable[..., Any]
_TYPES: Mapping[str, type] = {"string": str, "integer": int}


class ToolError(Exception):
    """What a tool tells its caller."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool; what it returns is text, or an object if it has an output schema."""

    name: str
    description: str
    parameters: Mapping[str, JsonObject]
    run: Run
    output: JsonObject | None = None
    annotations: Mapping[str, bool] = field(default_factory=lambda: {"readOnlyHint": True, "openWorldHint": False})

    def listed(self, revision: str) -> JsonObject:
        """Return the definition at a revision."""
        shown: JsonObject = {
            "name": self.name,
            "description": self.description,
            "inputSchema": {
                "type": "object",
                "properties": {name: dict(schema) for name, schema in self.parameters.items()},
                "required": [*self.parameters],
                "additionalProperties": False,
            },
        }
        if revision >= "2025-03-26":
            shown["annotations"] = dict(self.annotations)
        if revision >= "2025-06-18" and self.output is not None:
            shown["outputSchema"] = self.output
        return shown

    def trouble(self, arguments: JsonObject) -> str:
        """Say what is wrong with the arguments; empty if nothing is."""
        if unknown := [name for name in arguments if name not in self.parameters]:
            return f"The argument {unknown[0][:40]!r} is not known."
        for name, schema in self.parameters.items():
            value = arguments.get(name)
            if not isinstance(value, _TYPES[schema["type"]]) or isinstance(value, bool):
                return f"The argument {name} has to be of the type {schema['type']}."
            if isinstance(value, str) and len(value) > schema.get("maxLength", 1000):
                return f"The argument {name} is too long."
        return ""


class Toolbox:
    """The tools of one server, behind the messages `tools/list` and `tools/call`."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self.tools = {tool.name: tool for tool in tools}

    def answer(self, message: object, talk: Conversation) -> JsonObject | None:
        """Answer a message of the handshake era."""
        reply = answer(message, talk)
        if reply is None or not isinstance(message, dict) or is_response(message) or not talk.confirmed:
            return reply
        if message.get("method") == "tools/list" and "result" in reply:
            return {**reply, "result": {"tools": [tool.listed(talk.revision) for tool in self.tools.values()]}}
        if message.get("method") != "tools/call":
            return reply
        try:
            check_shape(message)
            return {"jsonrpc": "2.0", "id": message["id"], "result": self._called(message.get("params", {}), talk)}
        except RefusalError as refusal:
            error = {"code": refusal.code, "message": str(refusal)}
            return {"jsonrpc": "2.0", "id": message.get("id"), "error": error}

    def _called(self, params: JsonObject, talk: Conversation) -> JsonObject:
        name, arguments = params.get("name"), params.get("arguments", {})
        if (
            not isinstance(name, str)
            or not isinstance(arguments, dict)
            or not isinstance(params.get("_meta", {}), dict)
        ):
            raise RefusalError(INVALID_PARAMS, "name is a string, and arguments and _meta are objects.")
        tool = self.tools.get(name)
        if tool is None:
            raise RefusalError(INVALID_PARAMS, "There is no such tool.")
        if trouble := tool.trouble(arguments):
            if talk.revision < "2025-11-25":
                raise RefusalError(INVALID_PARAMS, trouble)
            return _told(trouble, error=True)
        try:
            value = tool.run(**arguments)
        except ToolError as error:
            return _told(str(error), error=True)
        if tool.output is None:
            return _told(value)
        structured = {"structuredContent": value} if talk.revision >= "2025-06-18" else {}
        return {**_told(json.dumps(value)), **structured}


def _told(text: str, *, error: bool = False) -> JsonObject:
    return {"content": [{"type": "text", "text": text}], **({"isError": True} if error else {})}


def text(description: str, longest: int = 1000) -> JsonObject:
    """Return the schema of a parameter that is a text."""
    return {"type": "string", "description": description, "maxLength": longest}
