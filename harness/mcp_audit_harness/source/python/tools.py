"""Where a Python module defines MCP tools: decorated functions, registrations, handlers of `tools/call`.

The forms are those of the `mcp` SDK 1.x and 2.x (low level and FastMCP/MCPServer), `fastmcp` and `chuk-mcp-server`.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .module import Function, PythonModule

_CONTEXTS: Final = frozenset({"Context", "ServerContext", "RequestContext", "ServerRequestContext"})
_OWNERS: Final = frozenset({"self", "cls", "ctx", "context"})


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a client can have called."""

    name: str
    """As clients call it; empty for a handler of many tools."""
    function: "Function"
    arguments: tuple[str, ...]
    """Names of the parameters whose values a client chooses."""
    declared: ast.Call | ast.expr | None
    """The decorator, or the call that registers it."""
    dispatches: bool = False
    """Whether it is a handler of `tools/call` for all tools: its arguments are a name and an object."""


def tools_of(module: "PythonModule") -> Iterator[Tool]:
    """Yield every tool that the module defines."""
    registered = _registered(module)
    for function in module.functions:
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            ending = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if ending == "tool":
                name = _given_name(decorator) or function.name
                yield Tool(name, function, chosen_by_clients(module, function), decorator)
                break
            if ending == "call_tool":
                yield Tool("", function, chosen_by_clients(module, function), decorator, dispatches=True)
                break
        else:
            if function.name in registered:
                call, name, dispatches = registered[function.name]
                arguments = chosen_by_clients(module, function)
                yield Tool(name, function, arguments, call, dispatches=dispatches)


def chosen_by_clients(module: "PythonModule", function: "Function") -> tuple[str, ...]:
    """Return the parameters that come from a client: not `self`, no context of the SDK, nothing injected."""
    spec = function.args
    extra = [item for item in (spec.vararg, spec.kwarg) if item is not None]
    every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *extra]
    return tuple(item.arg for item in every if item.arg not in _OWNERS and not _is_context(module, item.annotation))


def _is_context(module: "PythonModule", annotation: ast.expr | None) -> bool:
    names = () if annotation is None else (module.name_of(node) for node in ast.walk(annotation))
    return any(name.rpartition(".")[2] in _CONTEXTS for name in names if name)


def _given_name(decorator: ast.expr) -> str:
    """Return the name that `@mcp.tool("name")` or `@mcp.tool(name="name")` gives."""
    if not isinstance(decorator, ast.Call):
        return ""
    named = [item.value for item in decorator.keywords if item.arg == "name"]
    first = next(iter(named or decorator.args), None)
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _registered(module: "PythonModule") -> dict[str, tuple[ast.Call, str, bool]]:
    """Return the functions that are handed over: `mcp.add_tool(f)`, `mcp.tool(…)(f)`, `Server(on_call_tool=f)`."""
    found: dict[str, tuple[ast.Call, str, bool]] = {}
    for call in module.each(ast.Call):
        ending = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        maker = call.func.func if isinstance(call.func, ast.Call) else None
        for item in call.keywords:
            if item.arg == "on_call_tool":
                found[_named(item.value)] = call, "", True
        first = _named(call.args[0]) if call.args else ""
        if first and (ending in {"add_tool", "register_tool"} or getattr(maker, "attr", "") == "tool"):
            given = _given_name(call.func) if isinstance(call.func, ast.Call) else _keyword_name(call)
            found[first] = call, given or first, False
    found.pop("", None)
    return found


def _keyword_name(call: ast.Call) -> str:
    named = next((item.value for item in call.keywords if item.arg == "name"), None)
    return named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""


def _named(node: ast.expr) -> str:
    """Return the last part of a plain or dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
