"""Parts of values: attributes, members, elements."""

import ast
from dataclasses import replace
from typing import Final

from .scopes import Scopes
from .values import CHOSEN, NOTHING, Danger, Value, argument, merged

TOOL: Final = "the tool's name"
_NAMES_OF_FILES: Final = frozenset({"name", "stem", "suffix"})
"""Attributes of a path that hold no separator."""


def of_chosen(scopes: Scopes, owner: Value, name: str, node: ast.expr) -> Value:
    """Return an attribute or a member of something that a client chose."""
    if owner.holder:
        if name in {"arguments", "params", "root"}:
            return owner
        if scopes.harmless(scopes.field(owner.of, name)):
            return NOTHING
        label = TOOL if name == "name" and owner.origins & {"params", "request", "req"} else name
        return argument(label, node, f"a client chooses `{name}`", owner.trail)
    if not owner.of.startswith("pathlib."):
        return owner.part()
    if name in _NAMES_OF_FILES:
        return replace(owner, template=CHOSEN, of="").clean({Danger.PATH})
    return owner


def several(value: Value) -> tuple[Value, Value]:
    """Return the elements of a list of unknown length, more than one."""
    return value.part(), value.part()


def element(value: Value) -> Value:
    """Return what a loop over a value yields."""
    if not value.items:
        return value.part()
    found = value.items[0]
    for item in value.items[1:]:
        found = merged(found, item)
    return found
