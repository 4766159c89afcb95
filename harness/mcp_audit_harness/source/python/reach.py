"""Which functions of a module run when one of its tools is called, as far as the module itself shows it."""

import ast
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from .module import PythonModule
from .syntax import Function
from .tools import Tool

_LATER: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """Yield what runs when the function runs: its body, without the bodies of what it only defines."""
    waiting = deque[ast.AST](function.body)
    while waiting:
        node = waiting.popleft()
        if not isinstance(node, _LATER):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def own_calls(function: Function) -> Iterator[ast.Call]:
    """Yield the calls that are made when the function runs."""
    return (node for node in own_nodes(function) if isinstance(node, ast.Call))


def callee(module: PythonModule, caller: Function, call: ast.Call) -> Function | None:
    """Return the function of the module that a call in `caller` runs: a plain name in scope, a method of `self`."""
    named = call.func
    if isinstance(named, ast.Name):
        scopes: set[ast.AST] = {caller, module.tree, *(up for up in module.around(caller) if isinstance(up, Function))}
        return next((found for found in _by_name(module).get(named.id, ()) if module.parents[found] in scopes), None)
    if isinstance(named, ast.Attribute) and isinstance(named.value, ast.Name) and named.value.id in {"self", "cls"}:
        owner = module.class_around(caller)
        found = _by_name(module).get(named.attr, ())
        return next((method for method in found if owner is not None and module.parents[method] is owner), None)
    return None


@dataclass(frozen=True, slots=True)
class Reached:
    """A function that runs in a call of a tool."""

    tool: Tool
    by: tuple[tuple[Function, ast.Call], ...]
    """The calls that lead to it from the tool, each with the function that it is in; empty for the tool itself."""


@lru_cache(maxsize=4)
def reached_from_tools(module: PythonModule) -> Mapping[Function, Reached]:
    """Return every function that calls of tools run in the thread of the tool, each by one of the shortest ways.

    What is only handed over (`to_thread(f)`, `Thread(target=f)`, a lambda) does not count.
    """
    found: dict[Function, Reached] = {tool.function: Reached(tool, ()) for tool in module.tools}
    waiting = deque(found)
    while waiting:
        caller = waiting.popleft()
        way = found[caller]
        for call in own_calls(caller):
            target = callee(module, caller, call)
            if target is not None and target not in found:
                found[target] = Reached(way.tool, (*way.by, (caller, call)))
                waiting.append(target)
    return MappingProxyType(found)


@lru_cache(maxsize=4)
def _by_name(module: PythonModule) -> Mapping[str, tuple[Function, ...]]:
    found: dict[str, tuple[Function, ...]] = {}
    for function in module.functions:
        found[function.name] = (*found.get(function.name, ()), function)
    return MappingProxyType(found)
