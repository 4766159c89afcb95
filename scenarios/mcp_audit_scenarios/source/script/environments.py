"""The environment of a server: to whom it goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import hit_at, option

from ..environments import environment_passed_whole

if TYPE_CHECKING:
    from tree_sitter import Node

_STARTS: Final = re.compile(
    r"^child_process\.(?:spawn|exec|execFile|fork)(?:Sync)?$|(?:^|\.)StdioClientTransport$|^execa(?:\.\w+)?$"
)


@also(environment_passed_whole, reads=Reads.SCRIPT)
def environment_goes_on(module: ScriptModule) -> Iterator[Hit]:
    """Flag the first `env: process.env` or `env: {...process.env}` of programs that a file starts."""
    calls = [call for call in module.each("call_expression", "new_expression") if _STARTS.search(module.called(call))]
    found = [call for call in calls if _is_whole(module, option(module, call, "env"))]
    if found:
        whom = "another MCP server" if "Stdio" in module.called(found[0]) else "a program"
        more = f" {len(found)} calls of this file do so." if len(found) > 1 else ""
        yield hit_at(module, found[0], f"Every variable of the environment goes to {whom}.{more}")


def _is_whole(module: ScriptModule, node: Node | None) -> bool:
    node = module.value_of(node)
    if node is None:
        return False
    if node.type == "object":
        return any(_is_whole(module, child.named_children[0]) for child in node.named_children if _spreads(child))
    return module.name_of(node) in {"process.env", "process.process.env"}


def _spreads(child: Node) -> bool:
    return child.type == "spread_element" and bool(child.named_children)
