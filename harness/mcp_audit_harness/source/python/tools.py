"""Where a Python module defines MCP tools: decorated functions, registrations, handlers of `tools/call`.

The forms are those of the `mcp` SDK 1.x and 2.x (low level and FastMCP/MCPServer), `fastmcp` and `chuk-mcp-server`.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .syntax import Function, given, keyword, last_name, parameters, string

if TYPE_CHECKING:
    from .module import PythonModule

_CONTEXTS: Final = frozenset({"Context", "ServerContext", "RequestContext", "ServerRequestContext"})
_OWN_DECORATORS: Final = frozenset({"register_tool", "mcp_tool", "tool_handler"})
_OWN_REGISTRIES: Final = frozenset({"tools", "toolset", "tool_registry"})
_OWNERS: Final = frozenset({"self", "cls", "ctx", "context"})


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a client can have called."""

    name: str
    """As clients call it; empty for a handler of many tools."""
    function: Function
    arguments: tuple[str, ...]
    """Names of the parameters whose values a client chooses."""
    declared: ast.Call | ast.expr | None
    """The decorator, or the call that registers it."""
    dispatches: bool = False
    """Whether it is a handler of `tools/call` for all tools: its arguments are a name and an object."""
    own: bool = False
    """Whether a decorator of the server's own declares it: what that says of the tool to clients cannot be seen."""

    @property
    def subject(self) -> str:
        """`tool:NAME`; empty for a handler of many tools."""
        return f"tool:{self.name}" if self.name else ""


@dataclass(frozen=True, slots=True)
class _Registration:
    """A function that is handed over by its name."""

    call: ast.Call
    given: ast.expr
    """What names the function: `f`, or `self.f`."""
    name: str
    dispatches: bool


def tools_of(module: "PythonModule") -> Iterator[Tool]:
    """Yield every tool that the module defines."""
    registered = _registered(module)
    for function in module.functions:
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            ending = last_name(called)
            if ending == "tool":
                name = _given_name(decorator) or function.name
                arguments = _not_excluded(decorator, chosen_by_clients(module, function))
                yield Tool(name, function, arguments, decorator)
                break
            if ending == "call_tool":
                yield Tool("", function, chosen_by_clients(module, function), decorator, dispatches=True)
                break
            if _is_own(module, decorator):
                name = _given_name(decorator)
                arguments = chosen_by_clients(module, function)
                yield Tool(name if name.isidentifier() else function.name, function, arguments, decorator, own=True)
                break
        else:
            for item in registered.get(function.name, ()):
                if _means(module, item, function):
                    arguments = _not_excluded(item.call, chosen_by_clients(module, function))
                    yield Tool(item.name, function, arguments, item.call, dispatches=item.dispatches)
                    break


def _is_own(module: "PythonModule", decorator: ast.expr) -> bool:
    """Whether a decorator that the server made itself declares a tool: `@register_tool("x")`, `@tools.reader("X")`.

    For the latter `tools` must be a variable of the server, not a package with decorators.
    """
    called = decorator.func if isinstance(decorator, ast.Call) else None
    if isinstance(called, ast.Name):
        return called.id in _OWN_DECORATORS
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        origin = module.imports.get(called.value.id, ".")
        return called.attr in _OWN_DECORATORS or (called.value.id in _OWN_REGISTRIES and origin.startswith("."))
    return False


def _means(module: "PythonModule", item: _Registration, function: Function) -> bool:
    """Whether a name, where it is handed over, is that of the function: many inner functions are called `wrapper`."""
    if isinstance(item.given, ast.Attribute):
        return isinstance(module.parents[function], ast.ClassDef)
    outer = module.function_of(function)
    return not isinstance(module.parents[function], ast.ClassDef) and (
        outer is None or outer in module.around(item.call)
    )


def _not_excluded(declared: ast.expr, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names without those that the declaration keeps from clients: `exclude_args=["db"]`."""
    said = [item.value for item in getattr(declared, "keywords", ()) if item.arg == "exclude_args"]
    hidden = {getattr(item, "value", None) for value in said for item in getattr(value, "elts", ())}
    return tuple(name for name in names if name not in hidden)


def chosen_by_clients(module: "PythonModule", function: Function) -> tuple[str, ...]:
    """Return the parameters that come from a client: not `self`, no context of the SDK, nothing injected."""
    every = parameters(function)
    return tuple(item.arg for item in every if item.arg not in _OWNERS and not _is_context(module, item.annotation))


def _is_context(module: "PythonModule", annotation: ast.expr | None) -> bool:
    names = () if annotation is None else (module.name_of(node) for node in ast.walk(annotation))
    return any(name.rpartition(".")[2] in _CONTEXTS for name in names if name)


def _given_name(decorator: ast.expr) -> str:
    """Return the name that `@mcp.tool("name")` or `@mcp.tool(name="name")` gives."""
    if not isinstance(decorator, ast.Call):
        return ""
    return string(given(decorator, 0, "name"))


def _registered(module: "PythonModule") -> dict[str, list[_Registration]]:
    """Return the functions that are handed over: `mcp.add_tool(f)`, `mcp.tool(…)(f)`, `Server(on_call_tool=f)`."""
    found: dict[str, list[_Registration]] = {}
    for call in module.each(ast.Call):
        ending = last_name(call.func)
        maker = call.func.func if isinstance(call.func, ast.Call) else None
        for item in call.keywords:
            if item.arg == "on_call_tool":
                found.setdefault(last_name(item.value), []).append(_Registration(call, item.value, "", dispatches=True))
        first = last_name(call.args[0]) if call.args else ""
        if first and (ending in {"add_tool", "register_tool"} or getattr(maker, "attr", "") == "tool"):
            name = _given_name(call.func) if isinstance(call.func, ast.Call) else string(keyword(call, "name"))
            item_of = _Registration(call, call.args[0], name or first, dispatches=False)
            found.setdefault(first, []).append(item_of)
    return found
