"""Parts of the tree of a module: arguments of calls, properties of object literals, strings, parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..rules import Hit, Mark

if TYPE_CHECKING:
    from tree_sitter import Node

    from .module import ScriptModule

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
CALLABLE: Final = frozenset(
    {
        "arrow_function",
        "function_expression",
        "function_declaration",
        "generator_function",
        "generator_function_declaration",
        "method_definition",
    }
)
_WRAPPERS: Final = frozenset(
    {
        "parenthesized_expression",
        "non_null_expression",
        "await_expression",
        "as_expression",
        "satisfies_expression",
        "spread_element",
    }
)


def within(node: Node) -> Iterator[Node]:
    """Yield a node and every named one in it, in the order of the text, those around before those within."""
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        yield inner
        waiting.extend(reversed(inner.named_children))


def unambiguous(pairs: Iterable[tuple[str, Node]]) -> Mapping[str, Node]:
    """Return what names stand for, those left out that come twice."""
    found: dict[str, Node] = {}
    several: set[str] = set()
    for name, node in pairs:
        several |= {name} if name in found else set()
        found[name] = node
    return MappingProxyType({name: node for name, node in found.items() if name not in several})


def underscored(name: str) -> str:
    """Return a name in camel case with underscores between its words: `client_Secret` for `clientSecret`."""
    return _CAMEL.sub("_", name)


def arguments(call: Node) -> tuple[Node, ...]:
    """Return the arguments of a call or of a `new`, comments left out."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "arguments":
        return ()
    return tuple(child for child in given.named_children if child.type != "comment")


def member(module: ScriptModule, node: Node | None, name: str) -> Node | None:
    """Return the value of a property of an object literal; a method or a shorthand is itself the value."""
    node = module.value_of(node)
    for child in node.named_children if node is not None and node.type == "object" else ():
        if child.type == "pair" and key(module, child) == name:
            return child.child_by_field_name("value")
        if child.type == "method_definition" and module.text_of(child.child_by_field_name("name")) == name:
            return child
        if child.type == "shorthand_property_identifier" and module.text_of(child) == name:
            return child
    return None


def key(module: ScriptModule, pair: Node) -> str:
    """Return the name of a property, without its quotes."""
    return module.text_of(pair.child_by_field_name("key")).strip("'\"`")


def string(module: ScriptModule, node: Node | None) -> str | None:
    """Return the value of a string without substitutions, escapes left as they are; None for anything else."""
    node = module.value_of(node)
    if node is None or node.type not in {"string", "template_string"}:
        return None
    if any(child.type == "template_substitution" for child in node.named_children):
        return None
    return module.text_of(node)[1:-1]


def bare(node: Node) -> Node:
    """Return an expression without the parentheses, casts, `await` and `!` around it."""
    while node.type in _WRAPPERS and node.named_children:
        node = node.named_children[0]
    return node


def parameters(function: Node) -> tuple[Node, ...]:
    """Return the parameters of a function."""
    lone = function.child_by_field_name("parameter")
    spec = function.child_by_field_name("parameters")
    every = [lone] if lone is not None else spec.named_children if spec is not None else []
    return tuple(item for item in every if item.type not in {"comment", "this"})


def pattern(parameter: Node) -> Node:
    """Return what a parameter binds: a name, or a pattern that takes the value apart."""
    return parameter.child_by_field_name("pattern") or parameter


def written(module: ScriptModule, node: Node) -> str:
    """Return the text of a name or a member without what types and optional chaining add to it."""
    return "".join(module.text_of(node).split()).replace("?.", ".").replace("!", "")


def defaulted(module: ScriptModule, node: Node) -> tuple[Node, Node] | None:
    """Return the expression that a literal is the value or the default of, `a || "b"`, and what is around that.

    None where the literal is a part of another operation.
    """
    inner, parent = node, module.parents[node.id]
    while parent.type in {"binary_expression", "parenthesized_expression", "as_expression"}:
        operator = module.text_of(parent.child_by_field_name("operator"))
        if parent.type == "binary_expression" and operator not in {"||", "??"}:
            return None
        inner, parent = parent, module.parents[parent.id]
    return inner, parent


def mark(module: ScriptModule, node: Node, note: str) -> Mark:
    """Return a stop at a node."""
    return Mark(module.line(node), module.column(node), note)


def hit_at(module: ScriptModule, node: Node, message: str, trail: tuple[Mark, ...] = (), subject: str = "") -> Hit:
    """Return a hit at an expression."""
    end = node.end_point.row + 1
    return Hit(module.line(node), message, module.column(node), end, subject or module.subject_of(node), trail)


def option(module: ScriptModule, call: Node, name: str) -> Node | None:
    """Return the value of a property of any object literal among the arguments of a call."""
    found = (member(module, item, name) for item in arguments(call))
    return next((value for value in found if value is not None), None)


def is_opaque(module: ScriptModule, node: Node | None) -> bool:
    """Whether an argument may be an object whose properties are written elsewhere, or holds those of another one."""
    node = module.value_of(node)
    if node is None or node.type in {"string", "template_string", "number", "array", *CALLABLE}:
        return False
    return node.type != "object" or any(child.type == "spread_element" for child in node.named_children)
