"""What a server keeps, and for how long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments, hit_at, written

from ..session_state import unbounded_session_state

if TYPE_CHECKING:
    from tree_sitter import Node

_SESSION: Final = re.compile(r"session_?id|mcp-session-id|\bsession\.id\b", re.IGNORECASE)
_BOUNDED: Final = re.compile(r"lru|ttl|node-cache|keyv|WeakMap|expire|evict|prune|quick-lru", re.IGNORECASE)


@also(unbounded_session_state, reads=Reads.SCRIPT)
def sessions_are_never_forgotten(module: ScriptModule) -> Iterator[Hit]:
    """Flag the first entry of each object or Map by session id from which nothing in the module is ever taken out."""
    if _BOUNDED.search(module.text):
        return
    seen: set[str] = set()
    for node, store in _entries(module):
        if store not in seen and _is_kept(module, node, store) and not _is_emptied(module, store):
            seen.add(store)
            yield hit_at(module, node, f"{store} gets an entry for every session, and loses none.")


def _entries(module: ScriptModule) -> Iterator[tuple[Node, str]]:
    """Yield what puts a value under the id of a session, with the name of what it is put into."""
    for node in module.each("assignment_expression"):
        left = node.child_by_field_name("left")
        if left is not None and left.type == "subscript_expression":
            store, index = left.child_by_field_name("object"), left.child_by_field_name("index")
            if store is not None and _SESSION.search(module.text_of(index)):
                yield node, written(module, store)
    for node in module.each("call_expression"):
        function = node.child_by_field_name("function")
        given = arguments(node)
        if function is not None and module.text_of(function.child_by_field_name("property")) == "set" and given:
            store = function.child_by_field_name("object")
            if store is not None and _SESSION.search(module.text_of(given[0])):
                yield node, written(module, store)


def _is_kept(module: ScriptModule, node: Node, store: str) -> bool:
    """Whether it is a Map or an object of the module or of an instance, not headers."""
    name = re.escape(store.removeprefix("this."))
    declared = module.constants.get(store)
    if declared is not None and module.function_of(declared) == module.function_of(node):
        return module.function_of(node) is None  # a variable of the function that fills it ends with that
    made = rf"\b{name}\b\s*(?::[^=;]*)?=\s*(?:new Map\b|\{{\s*\}}|Object\.create\(null\))"
    return re.search(made, module.text) is not None and re.search(rf"export [^=]*\b{name}\b", module.text) is None


def _is_emptied(module: ScriptModule, store: str) -> bool:
    name = re.escape(store.rpartition(".")[2])
    return (
        re.search(
            rf"delete\s+[\w.]*\b{name}\b\s*[\[.]|\b{name}\??\.(?:delete|clear)\(|\b{name}\s*=\s*\{{\}};?\s*$",
            _uses(module, name),
            re.MULTILINE,
        )
        is not None
    )


def _uses(module: ScriptModule, name: str) -> str:
    """Return the lines that use a name, but for those that declare it."""
    declares = re.compile(rf"(?:const|let|var|private|readonly|static|public)\s[^=]*\b{name}\b")
    return "\n".join(line for line in module.text.split("\n") if not declares.search(line))
