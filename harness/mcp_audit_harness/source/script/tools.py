"""Where a module defines MCP tools: registrations, handlers of `tools/call`, objects and classes that are tools.

The forms are those of `@modelcontextprotocol/sdk` (`server.tool`, `registerTool`, `setRequestHandler`), of `fastmcp`
(`addTool`) and `mcp-framework` (classes), and modules that export a tool's description beside the function it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .guards import judges
from .syntax import CALLABLE, arguments, member, parameters, pattern, string

if TYPE_CHECKING:
    from tree_sitter import Node

    from .module import ScriptModule

_HANDLERS: Final = ("handler", "execute", "run", "callback", "cb", "handle")
_INPUTS: Final = frozenset({"args", "input", "params", "arguments", "options", "toolArgs", "request"})
_PATHS: Final = re.compile(r"path|file|director", re.IGNORECASE)
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
_FUNCTION_LIKE: Final = frozenset({"function_declaration", "lexical_declaration"})
_FEWEST: Final = 2


@dataclass(frozen=True)
class Tool:
    """Code that a client can have run."""

    name: str
    """As clients call it; empty for a handler of many tools."""
    handler: Node | None
    """The function; None where it is written in another module."""
    declared: Node
    """The call, the object or the class that makes it a tool."""
    schema: Node | None = None
    """The description of its arguments: an object of zod types, a call of zod, or a JSON Schema."""
    annotations: Node | None = None
    """Its hints to clients."""
    dispatches: bool = False
    """Whether it is a handler of `tools/call` for all tools: its parameter is the whole request."""
    checks: bool = False
    """Whether it is no tool, but a function whose name says that it judges paths: what of others tools rely on."""
    argument: int | None = 0
    """Which parameter holds the values that a client chooses; None where none does."""

    @property
    def subject(self) -> str:
        """`tool:NAME`; empty where there is no one name."""
        return f"tool:{self.name}" if self.name else ""


def tools_of(module: ScriptModule) -> Iterator[Tool]:
    """Yield every tool that the module defines, in the order of the text."""
    found = [*_registered(module), *_described(module), *_classes(module)]
    seen: set[int] = set()
    for tool in sorted(found, key=lambda item: item.declared.start_byte):
        if tool.handler is None or tool.handler.id not in seen:
            seen |= {tool.handler.id} if tool.handler is not None else set()
            yield tool


def _registered(module: ScriptModule) -> Iterator[Tool]:
    """Yield the tools of calls that register one."""
    for call in module.each("call_expression"):
        method = module.called(call).rpartition(".")[2]
        given = arguments(call)
        if method == "setRequestHandler" and len(given) >= _FEWEST and _is_call_request(module, given[0]):
            yield Tool("", resolved(module, given[1]), call, dispatches=True)
        elif method == "tool" and len(given) >= _FEWEST and string(module, given[0]) is not None:
            yield _positional(module, call, given)
        elif method == "registerTool" and len(given) > _FEWEST:
            config = module.value_of(given[1])
            schema = member(module, config, "inputSchema")
            hints = member(module, config, "annotations")
            named = string(module, given[0]) or ""
            lone = config is not None and config.type == "object" and schema is None
            yield Tool(named, resolved(module, given[2]), call, schema, hints, argument=1 if lone else 0)


def _positional(module: ScriptModule, call: Node, given: tuple[Node, ...]) -> Tool:
    """Return the tool of `server.tool(name, description?, schema?, annotations?, handler)`."""
    objects = [item for item in given[1:-1] if string(module, item) is None]
    hints = [item for item in objects if any(member(module, item, name) is not None for name in _HINTS)]
    schemas = [item for item in objects if item not in hints]
    return Tool(
        string(module, given[0]) or "",
        resolved(module, given[-1]),
        call,
        schemas[0] if schemas else None,
        hints[0] if hints else None,
        argument=0 if schemas else None,
    )


def _is_call_request(module: ScriptModule, schema: Node) -> bool:
    text = module.name_of(schema)
    return text.endswith("CallToolRequestSchema") or module.text_of(schema).strip("'\"") == "tools/call"


def _described(module: ScriptModule) -> Iterator[Tool]:
    """Yield tools that are objects: a name, a description of arguments, and a function in it or beside it."""
    alone: list[tuple[str, Node, Node]] = []
    for node in module.each("object"):
        schema = member(module, node, "inputSchema") or member(module, node, "parameters")
        name = member(module, node, "name")
        if schema is None or name is None:
            continue
        named = string(module, name) or ""
        handler = next((item for item in (member(module, node, word) for word in _HANDLERS) if item is not None), None)
        if handler is not None:
            yield Tool(named, resolved(module, handler), node, schema, member(module, node, "annotations"))
        elif _is_exported(module, node):
            alone.append((named, node, schema))
    if alone:
        named, node, schema = alone[0]
        several = len(alone) > 1  # which function is whose, only the module that calls them knows
        for function, index in _beside(module):
            hints = None if several else member(module, node, "annotations")
            yield Tool("" if several else named, function, node, None if several else schema, hints, argument=index)


def _is_exported(module: ScriptModule, node: Node) -> bool:
    """Whether an object is the value of a constant that the module exports."""
    around = list(module.around(node))[:5]
    return any(up.type == "export_statement" for up in around) and any(
        up.type == "variable_declarator" for up in around
    )


def _beside(module: ScriptModule) -> Iterator[tuple[Node, int]]:
    """Yield the exported functions that take an object of arguments, each with which of its parameters that is."""
    for statement in module.each("export_statement"):
        for function in (node for node in statement.named_children if node.type in _FUNCTION_LIKE):
            found = _function_in(function)
            for index, item in enumerate(parameters(found) if found is not None else ()):
                if module.text_of(pattern(item)) in _INPUTS and found is not None:
                    yield found, index
                    break


def _function_in(node: Node) -> Node | None:
    if node.type == "function_declaration":
        return node
    values = (item.child_by_field_name("value") for item in node.named_children if item.type == "variable_declarator")
    return next((value for value in values if value is not None and value.type in CALLABLE), None)


def _classes(module: ScriptModule) -> Iterator[Tool]:
    """Yield the tools that are classes `class … extends MCPTool` with a method `execute`."""
    for node in module.each("class_declaration", "class"):
        heritage = next((child for child in node.named_children if child.type == "class_heritage"), None)
        body = node.child_by_field_name("body")
        if heritage is None or body is None or "Tool" not in module.text_of(heritage):
            continue
        fields = {module.text_of(item.child_by_field_name("name")): item for item in body.named_children}
        execute, name = fields.get("execute"), fields.get("name")
        if execute is not None and execute.type == "method_definition":
            named = string(module, name.child_by_field_name("value")) if name is not None else None
            schema = fields["schema"].child_by_field_name("value") if "schema" in fields else None
            yield Tool(named or "", execute, node, schema)


def checkers_of(module: ScriptModule) -> Iterator[Tool]:
    """Yield the functions that judge paths by their names, for whatever tools of other modules."""
    for name, function in module.functions.items():
        if judges(name) and _PATHS.search(name):
            yield Tool("", function, function, checks=True)


def resolved(module: ScriptModule, node: Node) -> Node | None:
    """Return the function that an expression is: itself, one of the module by its name, or one that a call wraps."""
    if node.type in CALLABLE:
        return node
    if node.type in {"identifier", "member_expression", "shorthand_property_identifier"}:
        return module.functions.get(module.text_of(node).rpartition(".")[2])
    if node.type == "call_expression":
        function = node.child_by_field_name("function")
        if function is not None and module.text_of(function).endswith(".bind"):
            owner = function.child_by_field_name("object")
            return resolved(module, owner) if owner is not None else None
        found = (resolved(module, item) for item in reversed(arguments(node)))
        return next((item for item in found if item is not None), None)
    return None


def functions_of(module: ScriptModule) -> Iterator[tuple[str, Node]]:
    """Yield the functions and methods of the module with their names."""
    for node in module.each(
        "function_declaration", "method_definition", "variable_declarator", "public_field_definition"
    ):
        value = node if node.type in CALLABLE else node.child_by_field_name("value")
        if value is not None and value.type in CALLABLE:
            yield module.text_of(node.child_by_field_name("name")), value
