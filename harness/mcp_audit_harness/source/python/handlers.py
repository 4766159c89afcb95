"""Functions that a client of MCP can have called, and the values that it chooses there."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .members import TOOL
from .scopes import Scopes
from .syntax import Function, parameters, string
from .tools import chosen_by_clients
from .values import Value, argument

if TYPE_CHECKING:
    from .module import PythonModule

_OBJECTS: Final = frozenset({"arguments", "params", "request", "req"})
_MAPPINGS: Final = re.compile(r"^(?:typing\.|collections\.abc\.)?(?:dict|Dict|Mapping|MutableMapping)$")
_REQUEST: Final = re.compile(r"(?:Request|RequestParams|Params)$")
_REGISTRATIONS: Final = {"on_read_resource": "resource", "on_get_prompt": "prompt", "on_completion": "completion"}
_DECORATORS: Final = {"read_resource": "resource", "get_prompt": "prompt", "completion": "completion"}


@dataclass(frozen=True, slots=True)
class Handler:
    """A function with values that a client chooses."""

    function: Function
    subject: str
    """`tool:NAME`, `resource:TEMPLATE`, `prompt:NAME`; empty where many go through it."""
    arguments: tuple[str, ...]
    dispatches: bool = False
    """Whether its arguments come as one object."""
    checks: bool = False
    """Whether no client calls it, but it is the module's check of what clients send."""


def handlers_of(module: "PythonModule", scopes: Scopes) -> Iterator[Handler]:
    """Yield the tools, resources with parameters, prompts, and what is handed the arguments of a tool."""
    seen: set[Function] = set()
    for tool in module.tools:
        seen.add(tool.function)
        yield Handler(tool.function, tool.subject, tool.arguments, tool.dispatches)
    registered = _registered(module)
    for function in module.functions:
        if function in seen:
            continue
        arguments = chosen_by_clients(module, function)
        decorated = _decorated(function)
        subject = registered.get(function.name) if decorated is None else decorated
        if subject is not None:
            yield Handler(function, subject, arguments, dispatches=subject == "")
        elif _takes_arguments(module, scopes, function):
            yield Handler(function, "", ("arguments",), dispatches=True)


def entering(scopes: Scopes, handler: Handler) -> dict[str, Value]:
    """Return the values of a handler's parameters."""
    found: dict[str, Value] = {}
    for item in parameters(handler.function):
        if item.arg not in handler.arguments or scopes.harmless(item.annotation):
            continue
        label = TOOL if handler.dispatches and item.arg == "name" else item.arg
        value = argument(label, item, f"a client chooses `{item.arg}`")
        model = scopes.model(item.annotation)
        holder = (
            item is handler.function.args.kwarg
            or bool(model)
            or item.arg in _OBJECTS
            or is_mapping(scopes, item.annotation)
        )
        found[item.arg] = Value(value.origins, of=model, holder=True, trail=value.trail) if holder else value
    return found


def is_mapping(scopes: Scopes, annotation: ast.expr | None) -> bool:
    """Return whether an annotation is a dictionary, possibly an optional one, or parameters of a request."""
    if isinstance(annotation, ast.BinOp):
        return is_mapping(scopes, annotation.left) or is_mapping(scopes, annotation.right)
    if isinstance(annotation, ast.Subscript):
        if scopes.module.name_of(annotation.value).endswith("Optional"):
            return is_mapping(scopes, annotation.slice)
        return is_mapping(scopes, annotation.value)
    name = "" if annotation is None else scopes.module.name_of(annotation)
    return bool(_MAPPINGS.match(name) or _REQUEST.search(name))


def _decorated(function: Function) -> str | None:
    """Return the subject of a resource with parameters or of a prompt; None for anything else."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        ending = called.attr if isinstance(called, ast.Attribute) else ""
        if ending in _DECORATORS:
            return ""
        first = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
        text = string(first)
        if ending == "resource" and "{" in text:
            return f"resource:{text}"
        if ending == "prompt" and isinstance(called, ast.Attribute):
            return f"prompt:{text or function.name}"
    return None


def _registered(module: "PythonModule") -> dict[str, str]:
    """Return the functions that are handed to a server as handlers of resources or prompts."""
    found: dict[str, str] = {}
    for call in module.each(ast.Call):
        for item in call.keywords:
            if item.arg in _REGISTRATIONS:
                found[module.name_of(item.value).rpartition(".")[2]] = ""
    found.pop("", None)
    return found


def _takes_arguments(module: "PythonModule", scopes: Scopes, function: Function) -> bool:
    """Return whether a function is handed the arguments of a tool by a module that dispatches calls."""
    named = next((item for item in function.args.args if item.arg == "arguments"), None)
    speaks = any(name.startswith(("mcp.", "fastmcp.")) or name == "mcp" for name in module.imports.values())
    return named is not None and speaks and is_mapping(scopes, named.annotation)
