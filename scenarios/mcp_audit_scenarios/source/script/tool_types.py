"""What a tool says of its arguments, and what the types of a module say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.rules import Hit, Reads, also, rule
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import hit_at, key, member, within

from ..tool_types import tool_takes_any

if TYPE_CHECKING:
    from tree_sitter import Node

_ANYTHING: Final = re.compile(r"^\w+\s*\.\s*(?:any|unknown)\(\)")
_SAYING: Final = frozenset({"type", "anyOf", "oneOf", "allOf", "enum", "const", "$ref", "not", "if"})


@also(tool_takes_any, reads=Reads.SCRIPT)
def tool_takes_anything(module: ScriptModule) -> Iterator[Hit]:
    """Flag `z.any()` and `z.unknown()` as an argument, and properties of a JSON Schema that say nothing of a type.

    Objects with free keys that are written as such (`z.record(z.any())`) are left alone.
    """
    for tool in module.tools:
        schema = module.value_of(tool.schema)
        loose = [] if schema is None else _loose(module, schema)
        if loose:
            more = "may be anything: the schema says nothing of what is inside"
            yield hit_at(module, tool.declared, f"{', '.join(loose)} {more}.", subject=tool.subject)


def _loose(module: ScriptModule, schema: Node) -> list[str]:
    """Return the arguments of which the schema says nothing."""
    if schema.type == "call_expression":
        if _ANYTHING.match(module.text_of(schema)):
            return ["The arguments"]
        found = next((node for node in within(schema) if node.type == "object"), None)
        return [] if found is None else _loose(module, found)
    properties = module.value_of(member(module, schema, "properties"))
    inner = properties if properties is not None else schema
    pairs = [pair for pair in inner.named_children if pair.type == "pair"]
    says = _says_nothing if properties is not None else _is_anything
    return [key(module, pair) for pair in pairs if says(module, pair.child_by_field_name("value"))]


def _is_anything(module: ScriptModule, value: Node | None) -> bool:
    value = module.value_of(value)
    return value is not None and bool(_ANYTHING.match(module.text_of(value)))


def _says_nothing(module: ScriptModule, value: Node | None) -> bool:
    """Whether the schema of a property has no keyword that limits it."""
    value = module.value_of(value)
    if value is None or value.type != "object":
        return False
    opaque = any(child.type != "pair" for child in value.named_children if child.type != "comment")
    return not opaque and not any(key(module, pair) in _SAYING for pair in value.named_children)


@rule(
    id="source/any-in-typescript",
    title="Types that are switched off by any",
    severity=Severity.LOW,
    aspect=Aspect.TYPES,
    remediation="Write unknown where nothing is known, and narrow it; give the rest its type.",
    reads=Reads.SCRIPT,
    references=("https://www.typescriptlang.org/docs/handbook/declaration-files/do-s-and-don-ts.html#any",),
)
def any_in_typescript(module: ScriptModule) -> Iterator[Hit]:
    """What has the type any is not checked, and neither is what is made of it.

    In a server that is mostly the arguments of tools and the answers of services: just what comes from outside, and
    needs checking. There is one finding per file, at the first place. Errors in catch clauses are not counted.
    """
    found = [node for node in module.each("predefined_type") if _is_any(module, node)]
    if found and not module.compiled:
        places = "once" if len(found) == 1 else f"{len(found)} times"
        first = found[0]
        yield Hit(module.line(first), f"The type any is written {places} in this file.", module.column(first))


def _is_any(module: ScriptModule, node: Node) -> bool:
    if module.text_of(node) != "any":
        return False
    return not any(up.type == "catch_clause" for up in list(module.around(node))[:2])
