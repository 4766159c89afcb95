"""Tools that change something, and do not say so."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.objects import class_of, imported_call
from mcp_audit_harness.source.python.reach import callee, own_calls
from mcp_audit_harness.source.python.syntax import Function, constant, given, mark, string
from mcp_audit_harness.source.python.tools import Tool
from mcp_audit_harness.source.rules import Hit, rule

from .tool_types import foreign

_ALWAYS: Final = frozenset({
    *("os.remove", "os.unlink", "os.rename", "os.replace", "os.rmdir", "os.truncate", "os.chmod", "os.symlink"),
    *("shutil.rmtree", "shutil.move", "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree"),
    *("requests.put", "requests.delete", "requests.patch", "httpx.put", "httpx.delete", "httpx.patch"),
})  # fmt: skip
_OPENS: Final = frozenset({"open", "io.open", "aiofiles.open", "anyio.open_file", "codecs.open"})
_CLIENTS: Final = re.compile(r"^(requests|httpx2?|aiohttp)\.(Session|session|Client|AsyncClient|ClientSession)$")
_RUNS: Final = frozenset({
    *("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"),
    "asyncio.create_subprocess_exec",
})  # fmt: skip
_GIT_WRITES: Final = frozenset({"add", "commit", "push", "reset", "checkout", "merge", "rebase", "tag", "rm", "stash"})
_SQL_WRITES: Final = re.compile(r"\s*(insert|update|delete|replace|drop|truncate|alter)\b", re.IGNORECASE)
_PASSING: Final = re.compile(r"cache|tmp|temp|log\b|_log|lock", re.IGNORECASE)
_SAYING: Final = re.compile(r"^annotations$|hint$|^tool_annotations$", re.IGNORECASE)


@rule(
    id="source/writing-tool-without-annotations",
    title="Tool that changes something has no annotations",
    severity=Severity.LOW,
    aspect=Aspect.OPERATIONS,
    remediation="Declare annotations=ToolAnnotations(readOnlyHint=False, destructiveHint=…, idempotentHint=…).",
    references=("https://modelcontextprotocol.io/specification/2025-11-25/schema#toolannotations",),
)
def writing_tool_without_annotations(module: PythonModule) -> Iterator[Hit]:
    """Clients decide by its annotations whether a tool may run without asking the user.

    A tool that writes, deletes or sends, and says nothing of it, looks in their lists like one that only reads. By the
    specification it counts as destructive then: careful clients ask before every call, careless ones before none.
    """
    for tool in module.tools:
        if tool.dispatches or tool.own or _says(tool) or foreign(module, tool):
            continue
        write = next(_writes_of(module, tool.function), None)
        if write is not None:
            node, what = write
            function, message = tool.function, f"{tool.name} {what} and has no annotations"
            yield Hit(function.lineno, message, function.col_offset + 1, 0, tool.subject, (mark(node, what),))


def _says(tool: Tool) -> bool:
    """Whether the declaration of a tool holds annotations, or may hold them where we cannot look."""
    call = tool.declared
    return isinstance(call, ast.Call) and any(item.arg is None or _SAYING.search(item.arg) for item in call.keywords)


def _writes_of(module: PythonModule, function: Function) -> Iterator[tuple[ast.Call, str]]:
    """Yield what a function changes itself, or in the functions of the module that it calls."""
    called = (callee(module, function, call) for call in own_calls(function))
    others = dict.fromkeys(found for found in called if found is not None and found is not function)
    for runs in (function, *others):
        every = sorted(own_calls(runs), key=lambda call: call.lineno)
        in_passing = any(module.called(call).startswith("tempfile.") for call in every)
        for call in every:
            what = _lasting_change(module, call) or ("" if in_passing else _file_change(module, call))
            if what:
                yield call, what


def _lasting_change(module: PythonModule, call: ast.Call) -> str:
    """Return what a call does to a database, a repository or a service."""
    name = imported_call(module, call)
    first = call.args[0] if call.args else None
    if name in _ALWAYS and name.startswith(("requests.", "httpx.")):
        return f"sends with {name}"
    if isinstance(call.func, ast.Attribute):
        method = call.func.attr
        if method in {"put", "delete", "patch"} and _CLIENTS.match(class_of(module, call.func.value)):
            return f"sends with {method.upper()}"
        if method in {"execute", "executemany", "fetch"} and _SQL_WRITES.match(_text(first)):
            return f"runs {_text(first).split()[0].upper()}"
    if name in _RUNS:
        words = first.elts if isinstance(first, ast.List) else call.args
        if len(words) > 1 and constant(words[0]) == "git" and constant(words[1]) in _GIT_WRITES:
            return f"runs git {constant(words[1])}"
    return ""


def _file_change(module: PythonModule, call: ast.Call) -> str:
    """Return what a call does to a file, unless it is one that is there only in passing."""
    name = module.called(call) if module.called(call) == "open" else imported_call(module, call)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    touched = call.func.value if isinstance(call.func, ast.Attribute) and name not in _ALWAYS | _OPENS else None
    target = touched if touched is not None else (call.args[0] if call.args else None)
    if target is None or _PASSING.search(ast.unparse(target)):
        return ""
    if name in _ALWAYS:
        return f"calls {name}"
    if name in _OPENS and _writes(call, 1):
        return "opens a file to write"
    if method == "open" and _writes(call, 0) and "Image" not in name:
        return "opens a file to write"
    if method in {"write_text", "write_bytes"} or (method in {"unlink", "rmdir"} and len(call.args) == 0):
        return f"calls {method} of a path"
    return ""


def _writes(call: ast.Call, position: int) -> bool:
    """Whether the mode of a call of `open` is one for writing."""
    mode = string(given(call, position, "mode"))
    return re.fullmatch(r"[rwaxbt+U]+", mode) is not None and bool(set("wax+") & set(mode))


def _text(node: ast.expr | None) -> str:
    """Return the text of a literal, or the start of one with values in it."""
    if isinstance(node, ast.JoinedStr):
        return _text(node.values[0]) if node.values else ""
    if isinstance(node, ast.BinOp):
        return _text(node.left)
    return string(node)
