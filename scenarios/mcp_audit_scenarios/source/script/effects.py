"""Tools that change something, and do not say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments, hit_at, is_opaque, mark, option, string, within
from mcp_audit_harness.source.script.tools import Tool

from ..effects import writing_tool_without_annotations

if TYPE_CHECKING:
    from tree_sitter import Node

_FILES: Final = frozenset({
    *("writeFile", "appendFile", "unlink", "rm", "rmdir", "rename", "truncate", "copyFile", "chmod", "symlink", "cp"),
    *("remove", "move", "outputFile", "writeJson", "emptyDir"),
})  # fmt: skip
_VERBS: Final = frozenset({"put", "delete", "patch"})
_PASSING: Final = re.compile(r"cache|tmp|temp|\blog|\.log|lock", re.IGNORECASE)


@also(writing_tool_without_annotations, reads=Reads.SCRIPT)
def writing_tool_is_not_annotated(module: ScriptModule) -> Iterator[Hit]:
    """Flag tools whose handler, or a function of the module that it calls, writes files or sends PUT, PATCH, DELETE."""
    for tool in module.tools:
        if tool.dispatches or tool.annotations is not None or tool.handler is None or _unknown(module, tool):
            continue
        write = next(_writes(module, tool.handler), None)
        if write is not None:
            node, what = write
            message = f"{what}, and has no annotations."
            yield hit_at(module, tool.declared, message, (mark(module, node, what),), tool.subject)


def _unknown(module: ScriptModule, tool: Tool) -> bool:
    """Whether annotations may be given where we cannot look."""
    if tool.declared.type != "call_expression":
        return is_opaque(module, tool.declared) or tool.declared.type == "class_declaration"
    given = arguments(tool.declared)[1:-1]
    if module.called(tool.declared).endswith(".registerTool"):
        return any(is_opaque(module, item) for item in given)
    unread = [
        item for item in given if module.value_of(item) == item and item.type in {"identifier", "member_expression"}
    ]
    return len(unread) > 1 or not tool.name


def _writes(module: ScriptModule, handler: Node) -> Iterator[tuple[Node, str]]:
    """Yield what a function changes itself, or in the functions of the module that it calls."""
    bodies = [handler]
    for call in _calls(handler):
        name = module.text_of(call.child_by_field_name("function")).rpartition(".")[2]
        called = module.functions.get(name)
        if called is not None and called not in bodies:
            bodies.append(called)
    for body in bodies:
        for call in _calls(body):
            what = _change(module, call)
            if what:
                yield call, what


def _calls(node: Node) -> Iterator[Node]:
    return (inner for inner in within(node) if inner.type == "call_expression")


def _in_passing(module: ScriptModule, call: Node, path: str) -> bool:
    """Whether a file is there for the time of a call only, or holds what could be made again."""
    return bool(_PASSING.search(path) or _PASSING.search(module.function_name(call)))


def _change(module: ScriptModule, call: Node) -> str:
    """Return what a call changes; empty for nothing."""
    name = module.called(call)
    owner, _, method = name.rpartition(".")
    given = arguments(call)
    first = module.text_of(given[0]) if given else ""
    if owner == "fs" and method.removesuffix("Sync") in _FILES and not _in_passing(module, call, first):
        return f"Calls fs.{method}"
    if owner == "axios" and method in _VERBS:
        return f"Sends with {method.upper()}"
    sent = string(module, option(module, call, "method")) if name in {"fetch", "axios"} else None
    return f"Sends with {sent.upper()}" if sent is not None and sent.lower() in _VERBS else ""
