"""Calls that keep every other client waiting."""

import ast
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.objects import class_of, imported_call
from mcp_audit_harness.source.python.reach import own_calls, reached_from_tools
from mcp_audit_harness.source.python.syntax import Function, constant, last_name, mark
from mcp_audit_harness.source.rules import Hit, rule

_VERBS: Final = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_BLOCKING: Final = frozenset({
    *("time.sleep", "os.system", "os.popen", "urllib.request.urlopen", "urllib.request.urlretrieve"),
    *(f"{library}.{verb}" for library in ("requests", "httpx", "httpx2") for verb in _VERBS),
    *(f"subprocess.{call}" for call in ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")),
    *("socket.create_connection", "socket.getaddrinfo", "socket.gethostbyname"),
})  # fmt: skip
_CLIENTS: Final = frozenset({"requests.Session", "requests.session", "httpx.Client", "httpx2.Client"})


@rule(
    id="source/blocking-call-in-async-tool",
    title="Async tool makes a call that blocks the event loop",
    severity=Severity.MEDIUM,
    aspect=Aspect.RESILIENCE,
    weakness="CWE-1322",
    remediation="Use the async form (httpx.AsyncClient, asyncio.sleep, asyncio.create_subprocess_exec), run the call "
    "by asyncio.to_thread, or define the tool with plain def if your SDK runs such tools in a thread.",
    references=(
        "https://cwe.mitre.org/data/definitions/1322.html",
        "https://docs.python.org/3/library/asyncio-dev.html",
    ),
    shown_by=("exhaustion/slow-call-stalls-others", "load/falls-silent"),
)
def blocking_call_in_async_tool(module: PythonModule) -> Iterator[Hit]:
    """All sessions of an async server share one thread: while a call blocks it, no client is answered.

    Not even pings and cancellations are. One slow page, or one client that calls the tool over and over, is enough to
    take the server away from everybody.
    """
    for function, reached in reached_from_tools(module).items():
        started = reached.tool.function
        if not isinstance(started, ast.AsyncFunctionDef):
            continue
        for node in own_calls(function):
            if name := _blocking(module, node):
                trail = tuple(mark(call, f"calls {last_name(call.func)}") for _, call in reached.by)
                message = f"{name} blocks the event loop{_of(function, started)}"
                yield Hit(node.lineno, message, node.col_offset + 1, 0, reached.tool.subject, trail)


def _blocking(module: PythonModule, call: ast.Call) -> str:
    """Return the name of a call that blocks; empty for any other."""
    name = imported_call(module, call)
    if name == "time.sleep" and call.args and constant(call.args[0]) == 0:
        return ""
    if name in _BLOCKING:
        return name
    if isinstance(call.func, ast.Attribute) and call.func.attr in _VERBS:
        made = class_of(module, call.func.value)
        return f"{made}.{call.func.attr}" if made in _CLIENTS else ""
    return ""


def _of(function: Function, started: Function) -> str:
    return "" if function is started else f" when {started.name} calls {function.name}"
