"""What functions and methods that are not of the module return, as far as their names tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .guards import HARMLESS, KEEPING, addresses, harmless_members
from .syntax import arguments, mark, string
from .values import Kind, Taint, Value

if TYPE_CHECKING:
    from tree_sitter import Node

    from .module import ScriptModule

PARSING: Final = frozenset({"parse", "safeParse", "parseAsync", "safeParseAsync"})
"""Methods of a schema, which return what fits it."""
_PATHS: Final = frozenset({"path.join", "path.resolve", "path.normalize", "path.dirname", "path.relative"})
SAME_TEXT: Final = frozenset({
    *("trim", "trimStart", "trimEnd", "toLowerCase", "toUpperCase", "toString", "valueOf", "normalize", "padStart"),
    *("padEnd", "repeat", "slice", "substring", "substr", "split", "replace", "replaceAll", "concat", "join", "map"),
    *("filter", "flatMap", "flat", "sort", "reverse", "at", "shift", "pop", "values", "entries", "reduce", "find"),
    "then",
})  # fmt: skip
"""Methods whose result holds what they were called on."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call, as far as its result depends on it."""

    node: Node
    name: str
    """What is called, dotted and with imports resolved."""
    method: str
    """The last part of what is written there."""
    values: tuple[Value, ...]
    """Its arguments."""
    receiver: Value
    """What it is a method of."""

    @property
    def first(self) -> Value:
        """The first argument that a client chooses."""
        return next((value for value in self.values if value is not None), None)


def returned(module: ScriptModule, call: Called) -> Value:
    """Return the result of a function that is not of this module."""
    first = call.first
    if call.name in HARMLESS:
        return None
    if call.name == "path.basename":
        return first and replace(first, checked=first.checked | {"path"})
    if call.name in _PATHS:
        return _path(module, call)
    if call.name in KEEPING:
        return first and (replace(first, real=True) if "realpath" in call.name else first)
    if call.method in PARSING and first is not None:
        return _fitting(module, call, first)
    if call.receiver is not None and call.method in SAME_TEXT:
        return _same(module, call, call.receiver)
    return first if call.method == "concat" else None


def _path(module: ScriptModule, call: Called) -> Value:
    for index, value in enumerate(call.values):
        if value is not None:
            part = value.part(leads=index == 0 or call.name == "path.resolve")
            whole = len(call.values) == 1 and value.whole
            noted = part.noted(mark(module, call.node, f"`{call.name}` makes a path of it"))
            return replace(noted, path=call.name != "path.dirname" or value.path, whole=whole)
    return None


def _fitting(module: ScriptModule, call: Called, value: Taint) -> Taint:
    """Return what a schema lets through: some of its members are then no free text."""
    schema = call.node.named_children[0].child_by_field_name("object")
    parsed = replace(
        value,
        harmless=value.harmless | harmless_members(module, schema),
        addresses=value.addresses | addresses(module, schema),
    )
    return replace(parsed, members=(("data", parsed),)) if call.method.startswith("safe") else parsed


def _same(module: ScriptModule, call: Called, receiver: Taint) -> Value:
    """Return what a method of a text or a list leaves of it; replacing a class of characters cleans it."""
    items, method = arguments(call.node), call.method
    if method.startswith("replace") and items:
        said = module.text_of(items[0])
        if items[0].type == "regex" and ("[^" in said or "'" in said or "\\.\\." in said or "\\W" in said):
            return None
        if string(module, items[0]) in {"..", "../", "'"}:
            return None
    kind = Kind.LIST if method in {"split", "map", "filter", "flatMap"} else Kind.TEXT
    words = method == "split" and items and module.text_of(items[0]).strip("\"'`/") in {" ", "\\s+", "\\s"}
    leads = receiver.leads or bool(words)  # any word of the text can begin with what the client chose
    return replace(receiver, kind=kind, members=(), whole=receiver.whole and method != "join", leads=leads)
