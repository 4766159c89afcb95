"""Calls that may never end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments, hit_at, is_opaque, option

from ..resilience import no_timeout

if TYPE_CHECKING:
    from tree_sitter import Node

_AXIOS: Final = frozenset({
    *("axios", "axios.get", "axios.post", "axios.put", "axios.patch", "axios.delete", "axios.head", "axios.request"),
    "axios.create",
})  # fmt: skip
_BLOCKING: Final = frozenset({"child_process.execSync", "child_process.execFileSync", "child_process.spawnSync"})


@also(no_timeout, reads=Reads.SCRIPT)
def no_time_limit(module: ScriptModule) -> Iterator[Hit]:
    """Flag axios, which waits for ever by default, and the first program that a tool waits for while nothing else runs.

    The fetch of Node gives up by itself (300 s).
    """
    if "axios.defaults.timeout" in module.text or "defaults.timeout" in module.text:
        return
    blocking: list[Node] = []
    for call in module.each("call_expression"):
        name = module.called(call)
        limits = [option(module, call, word) for word in ("timeout", "signal", "cancelToken")]
        if any(limit is not None for limit in limits) or _may_be_limited(module, call):
            continue
        if name in _AXIOS and module.imports.get("axios") == "axios":
            yield hit_at(module, call, f"{name} has no timeout, and waits for ever by default.")
        elif name in _BLOCKING and module.tool_of(call) is not None:
            blocking.append(call)
    if blocking:
        name = module.called(blocking[0]).rpartition(".")[2]
        more = f" {len(blocking)} calls of this file have none." if len(blocking) > 1 else ""
        yield hit_at(
            module, blocking[0], f"{name} has no timeout: until the program ends, no client is answered.{more}"
        )


def _may_be_limited(module: ScriptModule, call: Node) -> bool:
    """Whether a timeout may be among options that are written elsewhere."""
    given = arguments(call)
    every = given if module.called(call) == "axios.create" else given[1:]
    first_is_options = module.called(call) in {"axios", "axios.request"} and given
    return any(_unread(module, item) for item in (*every, *(given[:1] if first_is_options else ())))


def _unread(module: ScriptModule, item: Node) -> bool:
    value = module.value_of(item)
    if value is not None and value.type in {"call_expression", "await_expression", "object"}:
        return any(child.type == "spread_element" for child in value.named_children)
    return is_opaque(module, item) and item.type == "identifier"
