"""What names of a module stand for: imports, requires, their compiled forms, and names given to them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

    from .module import ScriptModule

_SAME: Final = {
    "fs/promises": "fs",
    "fs-extra": "fs",
    "graceful-fs": "fs",
    "cross-spawn": "child_process.spawn",
    "node-fetch": "fetch",
    "undici.fetch": "fetch",
    "path/posix": "path",
    "path/win32": "path",
}
"""Modules whose functions are those of another one."""
_DEEPEST: Final = 12
"""Parts of a dotted name."""
_TRANSPARENT: Final = frozenset({"parenthesized_expression", "non_null_expression", "await_expression"})
_INTEROP: Final = ("__importDefault", "__importStar", "__toESM", "_interopRequireDefault", "_interopRequireWildcard")


def written_name(module: ScriptModule, node: Node | None, known: Mapping[str, str], depth: int = 0) -> str:
    """Return the dotted name of an expression, with what is `known` of its first part; empty if it has none."""
    if node is None or depth > _DEEPEST:
        return ""
    if node.type in {"identifier", "property_identifier", "this", "super", "import"}:
        text = module.text_of(node)
        return known.get(text, text)
    if node.type == "member_expression":
        owner = written_name(module, node.child_by_field_name("object"), known, depth + 1)
        return _canonical(f"{owner}.{module.text_of(node.child_by_field_name('property'))}") if owner else ""
    if node.type == "sequence_expression" or node.type in _TRANSPARENT:
        last = node.named_children[-1] if node.named_children else None
        return written_name(module, last, known, depth + 1)
    if node.type in {"as_expression", "satisfies_expression"}:
        return written_name(module, node.named_children[0], known, depth + 1)
    if node.type == "call_expression":
        return _required(module, node, known, depth)
    return ""


def imports_of(module: ScriptModule) -> dict[str, str]:
    """Return what the names of imports, requires and constants made of them stand for."""
    found: dict[str, str] = {}
    for node in module.each("import_statement"):
        found |= _imported(module, node)
    for _ in range(2):  # a name given to a name may come before that one's own line
        for node in module.each("variable_declarator"):
            found |= _declared(module, node, found)
    return found


def _imported(module: ScriptModule, node: Node) -> dict[str, str]:
    source = node.child_by_field_name("source")
    found: dict[str, str] = {}
    for clause in node.named_children:
        if clause.type == "import_require_clause":
            inner = clause.child_by_field_name("source")
            found[module.text_of(clause.named_children[0])] = _module_name(module, inner)
        if clause.type != "import_clause":
            continue
        origin = _module_name(module, source)
        for part in clause.named_children:
            if part.type == "identifier":
                found[module.text_of(part)] = origin
            elif part.type == "namespace_import":
                found[module.text_of(part.named_children[0])] = origin
            elif part.type == "named_imports":
                found |= _specified(module, part, origin)
    return found


def _specified(module: ScriptModule, imports: Node, origin: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in imports.named_children:
        name = module.text_of(item.child_by_field_name("name"))
        alias = module.text_of(item.child_by_field_name("alias")) or name
        found[alias] = _canonical(f"{origin}.{name}")
    return found


def _declared(module: ScriptModule, node: Node, known: Mapping[str, str]) -> dict[str, str]:
    """Return the names that a declaration gives to a module, to a part of it, or to a promise-making twin of that."""
    target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if target is None or value is None or value.type in {"string", "object", "array", "template_string"}:
        return {}
    stands_for = written_name(module, value, known)
    first = stands_for.partition(".")[0]
    if not stands_for or stands_for == module.text_of(value) or first in {"this", "super"}:
        return {}
    if target.type == "identifier":
        return {module.text_of(target): stands_for}
    found: dict[str, str] = {}
    for item in target.named_children if target.type == "object_pattern" else ():
        if item.type == "shorthand_property_identifier_pattern":
            found[module.text_of(item)] = _canonical(f"{stands_for}.{module.text_of(item)}")
        elif item.type == "pair_pattern":
            name = module.text_of(item.child_by_field_name("key"))
            found[module.text_of(item.child_by_field_name("value"))] = _canonical(f"{stands_for}.{name}")
    return found


def _required(module: ScriptModule, call: Node, known: Mapping[str, str], depth: int) -> str:
    """Return the name of what `require(…)`, `import(…)`, `promisify(…)` or a compiler's wrapper of them yields."""
    function = call.child_by_field_name("function")
    given = call.child_by_field_name("arguments")
    first = given.named_children[0] if given is not None and given.named_children else None
    if function is None or first is None:
        return ""
    called = module.text_of(function)
    if called in {"require", "import"}:
        return _module_name(module, first) if first.type == "string" else ""
    if called.endswith("promisify") or called.rpartition(".")[2] in _INTEROP:
        return written_name(module, first, known, depth + 1)
    return ""


def _module_name(module: ScriptModule, source: Node | None) -> str:
    name = module.text_of(source).strip("'\"`").removeprefix("node:")
    return _SAME.get(name, name)


def _canonical(name: str) -> str:
    """Return one name for the names of one thing: `fs.promises.open` is `fs.open`, `m.default.f` is `m.f`."""
    name = name.replace("fs.promises", "fs") if name.startswith("fs.") else name
    name = name.removesuffix(".default").replace(".default.", ".")
    return _SAME.get(name, name)
