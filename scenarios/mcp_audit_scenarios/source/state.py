"""State of a module that all of its clients share."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.reach import own_nodes, reached_from_tools
from mcp_audit_harness.source.python.syntax import Function, parameters
from mcp_audit_harness.source.rules import Hit, rule

from .session_state import unbounded_stores

_CONTAINERS: Final = frozenset({"dict", "list", "set", "collections.defaultdict", "collections.deque"})
_CHANGING: Final = frozenset(
    {"append", "add", "update", "setdefault", "extend", "insert", "remove", "discard", "clear", "pop", "popitem"}
)
_PLAIN: Final = frozenset({"str", "int", "float", "bool", "dict", "list"})
"""Types of what clients send; other objects are the server's own."""
_GENERATED: Final = re.compile(r"\b(uuid[0-9]?|secrets\.\w+|token_\w+|ulid)\b.*\(")
"""Calls that make keys which nobody else has."""
_CACHES: Final = re.compile(r"cache|memo|regist|metric|stats|counter|limit", re.IGNORECASE)


@rule(
    id="source/mutable-global-state",
    title="Tools change state that all clients share",
    severity=Severity.INFO,
    aspect=Aspect.RESILIENCE,
    weakness="CWE-362",
    remediation="Keep it per session (in a store keyed by session, or the lifespan context), or guard it with a lock.",
    references=("https://cwe.mitre.org/data/definitions/362.html",),
    shown_by=("sessions/answer-of-another-client", "fuzz/mixes-concurrent-answers"),
)
def mutable_global_state(module: PythonModule) -> Iterator[Hit]:
    """What a tool keeps in a variable of its module, every other client of the server sees and overwrites.

    Over stdio there is one client; the same server behind HTTP has many, at the same time and in several processes.
    Caches, figures, connections made on demand, and changes under a lock are left alone.
    """
    kept = _kept(module)
    reported = {store.name for store in unbounded_stores(module)} if kept else set()
    for function, reached in reached_from_tools(module).items() if kept else ():
        for node, name in _changes(function, kept):
            if name not in reported and not _CACHES.search(name) and not _guarded(module, node, name):
                reported.add(name)
                message = f"{function.name} changes {name}, which all clients share"
                yield Hit(node.lineno, message, node.col_offset + 1, subject=reached.tool.subject)


def _kept(module: PythonModule) -> Mapping[str, bool]:
    """Return the variables of a module; of each, whether it is bound to a container."""
    found: dict[str, bool] = {}
    for step in module.tree.body:
        if isinstance(step, ast.Assign | ast.AnnAssign) and step.value is not None:
            value = step.value
            container = isinstance(value, ast.Dict | ast.List | ast.Set) or module.called(value) in _CONTAINERS
            targets = step.targets if isinstance(step, ast.Assign) else [step.target]
            found |= {target.id: container for target in targets if isinstance(target, ast.Name)}
    return found


def _changes(function: Function, kept: Mapping[str, bool]) -> Iterator[tuple[ast.expr, str]]:
    """Yield where a function changes variables of its module, in the order of the text, and which."""
    nodes = list(own_nodes(function))
    told = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    written = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    local = (written - told) | {item.arg for item in parameters(function)}
    generates = any(_GENERATED.search(ast.unparse(node)) for node in nodes if isinstance(node, ast.Call))
    own_keys = {name for name in local if generates or name.endswith("id")} & (written - told)
    found = [(node, _changed(node, kept)) for node in nodes if isinstance(node, ast.expr)]
    found = [
        (node, name)
        for node, name in found
        if not (isinstance(node, ast.Subscript) and getattr(node.slice, "id", "") in own_keys)
    ]
    found += [(node, node.id) for node in _chosen(function, nodes) if node.id in told]
    for node, name in sorted(found, key=lambda item: (item[0].lineno, item[0].col_offset)):
        if name in kept and name not in local:
            yield node, name


def _chosen(function: Function, nodes: list[ast.AST]) -> Iterator[ast.Name]:
    """Yield the names that are bound to something made of plain values that the function is given."""
    given = {item.arg for item in parameters(function) if getattr(item.annotation, "id", "") in _PLAIN}
    for node in nodes:
        if isinstance(node, ast.Assign) and any(getattr(part, "id", "") in given for part in ast.walk(node.value)):
            yield from (target for target in node.targets if isinstance(target, ast.Name))


def _changed(node: ast.expr, kept: Mapping[str, bool]) -> str:
    """Return the container of the module that an expression changes; empty if it changes none."""
    touched: ast.expr | None = None
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        touched = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        touched = node.func.value
    name = getattr(touched, "id", "")
    return name if kept.get(name) else ""


def _guarded(module: PythonModule, node: ast.AST, name: str) -> bool:
    """Whether a change is made under a lock, or only once: `if connection is None: connection = …`."""
    for outer in module.around(node):
        if isinstance(outer, ast.With | ast.AsyncWith):
            if any("lock" in ast.unparse(item.context_expr).lower() for item in outer.items):
                return True
        elif isinstance(outer, ast.If):
            test = ast.unparse(outer.test)
            if any(sign in test for sign in (f"{name} is None", f"not {name}", f"not in {name}")):
                return True
        elif isinstance(outer, Function):
            return _returns_what_is_there(outer, name)
    return False


def _returns_what_is_there(function: Function, name: str) -> bool:
    """Whether a function makes a value only the first time: `if connection is not None: return connection`."""
    return any(
        isinstance(step, ast.If) and name in ast.unparse(step.test) and isinstance(step.body[-1], ast.Return)
        for step in function.body
    )
