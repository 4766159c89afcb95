"""Dictionaries that get an entry for every session, client or request."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.rules import Hit, rule

_MAPPINGS: Final = frozenset({"dict", "collections.defaultdict", "collections.OrderedDict"})
_SHRINKING: Final = frozenset({"pop", "popitem", "clear"})
_READING: Final = frozenset({
    *("get", "setdefault", "update", "items", "keys", "values", "copy", "__contains__", "__getitem__"),
})  # fmt: skip
_CALLER: Final = re.compile(
    r"(?:session|client|conn|connection|request|req)_?(?:id|ip|addr|address|host)(?![a-z])|remote_addr|client\.host"
    r"|\bid\((?:session|client|request|connection)\)",
    re.IGNORECASE,
)


@rule(
    id="source/unbounded-session-state",
    title="Memory that grows with every session or request",
    severity=Severity.MEDIUM,
    aspect=Aspect.RESILIENCE,
    weakness="CWE-770",
    remediation="Remove the entry when the session ends, and bound how many there are or how long they live "
    "(cachetools.TTLCache).",
    references=("https://cwe.mitre.org/data/definitions/770.html",),
    shown_by=("exhaustion/session-flood", "load/leaks-memory"),
)
def unbounded_session_state(module: PythonModule) -> Iterator[Hit]:
    """A dictionary that gets an entry per session, client or request, and never loses one, fills the memory.

    Clients choose how often they connect, and how they call themselves: whoever opens sessions for long enough stops
    the server for everybody.
    """
    for store in unbounded_stores(module):
        node, key = store.grown[0]
        message = f"{store.name} gets an entry per {key}, and none is ever removed"
        yield Hit(node.lineno, message, node.col_offset + 1, subject=module.subject_of(node))


@dataclass(slots=True)
class Store:
    """A dictionary that outlives calls, and what its module does with it."""

    name: str
    """`x` of the module, `self.x` of objects."""
    default: bool
    """Whether reading an entry makes it."""
    grown: list[tuple[ast.expr, str]] = field(default_factory=list)
    """Where an entry of a caller is added, and what its key is."""
    bounded: bool = False
    """Whether entries are removed, or it is handed to somebody who might."""


def unbounded_stores(module: PythonModule) -> list[Store]:
    """Return the dictionaries that only grow, as far as the module shows it."""
    stores = {store.name: store for store in _stores(module)}
    if not stores:
        return []
    for named in module.each(ast.Name):
        if named.id in stores:
            _note(module, named, stores[named.id])
    for held in module.each(ast.Attribute):
        if f"self.{held.attr}" in stores:
            _note(module, held, stores[f"self.{held.attr}"])
    return [store for store in stores.values() if store.grown and not store.bounded]


def _stores(module: PythonModule) -> Iterator[Store]:
    """Yield the empty dictionaries that are bound at module level, in a class, or to `self.x`."""
    for target, value, node in module.assignments():
        name = _lasting_name(target, module.parents[node]) if _is_empty(module, value) else ""
        if name:
            yield Store(name, module.called(value).endswith("defaultdict"))


def _lasting_name(target: ast.expr, inside: ast.AST) -> str:
    """Return `x` of the module, or `self.x`; empty for what ends with a call."""
    if isinstance(target, ast.Attribute) and getattr(target.value, "id", "") in {"self", "cls"}:
        return f"self.{target.attr}"
    if isinstance(target, ast.Name) and isinstance(inside, ast.Module | ast.ClassDef):
        return target.id if isinstance(inside, ast.Module) else f"self.{target.id}"
    return ""


def _note(module: PythonModule, node: ast.expr, store: Store) -> None:
    """Note what is done at one mention of a store."""
    around = module.parents[node]
    if isinstance(around, ast.Subscript) and around.value is node:
        if isinstance(around.ctx, ast.Del):
            store.bounded = True
        elif isinstance(around.ctx, ast.Store) or store.default:
            _grow(store, node, around.slice)
    elif isinstance(around, ast.Attribute):
        call = module.parents[around]
        if around.attr == "setdefault" and isinstance(call, ast.Call) and call.args:
            _grow(store, node, call.args[0])
        store.bounded |= around.attr in _SHRINKING or around.attr not in _READING
    elif isinstance(around, ast.Assign | ast.AnnAssign | ast.Global | ast.Delete):
        store.bounded |= not _is_first(module, around)
    else:
        store.bounded |= not _only_looks(around)


def _grow(store: Store, node: ast.expr, key: ast.expr) -> None:
    text = ast.unparse(key)
    if _CALLER.search(text):
        store.grown.append((node, text))


def _is_empty(module: PythonModule, value: ast.expr | None) -> bool:
    return value is not None and ((isinstance(value, ast.Dict) and not value.keys) or module.called(value) in _MAPPINGS)


def _is_first(module: PythonModule, step: ast.AST) -> bool:
    """Whether a statement binds an empty dictionary where its life begins, not later to empty it."""
    function = module.function_of(step)
    begins = function is None or function.name in {"__init__", "__post_init__", "__new__"}
    return begins and _is_empty(module, getattr(step, "value", None))


def _only_looks(around: ast.AST) -> bool:
    """Whether an expression around a store leaves it as it is: `in`, a loop; not a call that it is handed to."""
    return isinstance(around, ast.For | ast.AsyncFor | ast.comprehension | ast.If | ast.BoolOp | ast.UnaryOp) or (
        isinstance(around, ast.Compare) and all(isinstance(sign, ast.In | ast.NotIn) for sign in around.ops)
    )
