"""Calls to others that can hang, or that are made again and again while the other side is down."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.objects import class_of, imported_call
from mcp_audit_harness.source.python.reach import own_calls, reached_from_tools
from mcp_audit_harness.source.python.syntax import Function, hit_at, is_none, keyword
from mcp_audit_harness.source.rules import Hit, rule

_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send"})
_REQUESTS: Final = frozenset({f"requests.{verb}" for verb in _VERBS - {"stream", "send"}})
_SESSIONS: Final = frozenset({"requests.Session", "requests.session", "requests.sessions.Session"})
_HTTPX: Final = re.compile(
    r"^httpx2?\.(AsyncClient|Client|Timeout|get|post|put|patch|delete|head|options|request|stream)$"
)
_HTTPX_CLIENT: Final = re.compile(r"^httpx2?\.(AsyncClient|Client)$")
_THIRD_POSITIONAL: Final = {"urllib.request.urlopen": 2, "socket.create_connection": 1}
_RUNS: Final = frozenset({f"subprocess.{call}" for call in ("run", "call", "check_call", "check_output")})
_CALLS_OUT: Final = re.compile(
    r"^(requests|httpx2?|urllib3)\.(get|post|put|patch|delete|head|options|request|stream)$|^urllib\.request\.urlopen$"
)
_CLIENTS: Final = re.compile(
    r"^(requests\.[Ss]ession|httpx2?\.(AsyncClient|Client)|aiohttp\.ClientSession|urllib3\.PoolManager)$"
)
_GUARDS: Final = re.compile(
    r"retry|retries|backoff|breaker|tenacity|stamina|limiter|rate_?limit|throttl|semaphore", re.IGNORECASE
)
_ADDRESSES: Final = frozenset({"url", "urls", "uri", "link", "address"})
_DEADLINES: Final = frozenset({
    *("asyncio.wait_for", "asyncio.timeout", "asyncio.timeout_at", "anyio.fail_after", "anyio.move_on_after"),
    *("async_timeout.timeout", "trio.fail_after", "trio.move_on_after"),
})  # fmt: skip


@rule(
    id="source/no-timeout",
    title="Call to another service or program without a timeout",
    severity=Severity.LOW,
    aspect=Aspect.RESILIENCE,
    weakness="CWE-1088",
    remediation="Give the call a timeout in seconds, shorter than the patience of clients (most wait for 30 to 60 s).",
    references=(
        "https://cwe.mitre.org/data/definitions/1088.html",
        "https://requests.readthedocs.io/en/latest/user/advanced/#timeouts",
    ),
)
def no_timeout(module: PythonModule) -> Iterator[Hit]:
    """requests, urlopen and subprocess wait for ever unless they are told otherwise.

    A peer that accepts the connection and says nothing keeps the tool call, its thread and its memory until the server
    is restarted. httpx (5 s) and aiohttp (300 s) have limits of their own; there only switching them off is reported.
    """
    started = {call for function in reached_from_tools(module) for call in own_calls(function)}
    default_set = any(imported_call(module, node) == "socket.setdefaulttimeout" for node in module.nodes)
    for call in module.each(ast.Call):
        name = imported_call(module, call)
        waits = _waits_for_ever(module, call, name, default_set=default_set)
        if not waits and call in started and name in _RUNS and _lacks_timeout(call):
            waits = f"{name} waits for the program for ever"
        if waits and not _has_deadline(module, call):
            yield hit_at(module, call, waits)


@rule(
    id="source/no-circuit-breaker",
    title="Tools call a service without retry, back-off or limit",
    severity=Severity.INFO,
    aspect=Aspect.RESILIENCE,
    remediation="Consider what the tool should do while the service is down: a few retries with back-off, a limit on "
    "calls at a time, a circuit breaker that fails at once instead of waiting for one more timeout.",
    references=("https://learn.microsoft.com/en-us/azure/architecture/patterns/circuit-breaker",),
)
def no_circuit_breaker(module: PythonModule) -> Iterator[Hit]:
    """Advice: models repeat a call that has failed, often at once, and so do many sessions at a time.

    A service that is down or limits its callers is then met with more calls, and each of them holds a tool until its
    timeout. This is said once per module, at the first call, and only where nothing of the kind is in sight; not of
    tools that fetch whatever address they are given.
    """
    if _GUARDS.search(module.text) or _addressed_by_clients(module):
        return
    functions = reached_from_tools(module)
    calls = [call for function in functions for call in own_calls(function) if _calls_out(module, call)]
    if calls:
        first = min(calls, key=lambda call: call.lineno)
        tools = {reached.tool.name for reached in functions.values()}
        of = f" ({len(calls)} calls, {len(tools)} tools in the module)" if len(calls) > 1 else ""
        yield Hit(first.lineno, f"a service is called with no plan for when it is down{of}")


def _addressed_by_clients(module: PythonModule) -> bool:
    """Whether clients say what is called, so that there is no one service whose failures could be counted."""
    fields = (node.target.id for node in module.each(ast.AnnAssign) if isinstance(node.target, ast.Name))
    arguments = (name for tool in module.tools for name in tool.arguments)
    return any(name in _ADDRESSES for name in (*fields, *arguments))


def _waits_for_ever(module: PythonModule, call: ast.Call, name: str, *, default_set: bool) -> str:
    """Return what a call waits for without limit; empty if it does not."""
    if name in _REQUESTS and _lacks_timeout(call):
        return f"{name} waits for an answer for ever"
    if name in _THIRD_POSITIONAL and not default_set:
        given = len(call.args) > _THIRD_POSITIONAL[name]
        return "" if given or not _lacks_timeout(call) else f"{name} waits for an answer for ever"
    if _HTTPX.match(name) and _switched_off(call, name):
        return f"{name} has its timeout switched off"
    if name == "aiohttp.ClientTimeout" and is_none(keyword(call, "total")) and len(call.keywords) == 1:
        return f"{name} has its limit switched off"
    if isinstance(call.func, ast.Attribute) and call.func.attr in _VERBS:
        made = class_of(module, call.func.value)
        if made in _SESSIONS and call.func.attr != "stream" and _lacks_timeout(call) and ".mount(" not in module.text:
            return f"{call.func.attr} of a requests session waits for an answer for ever"
        if _HTTPX_CLIENT.match(made) and is_none(keyword(call, "timeout")):
            return f"{call.func.attr} of an httpx client has its timeout switched off"
    return ""


def _lacks_timeout(call: ast.Call) -> bool:
    """Whether a call has no timeout, or None; one with `**options` may have it."""
    given = keyword(call, "timeout")
    return is_none(given) or (given is None and all(item.arg is not None for item in call.keywords))


def _switched_off(call: ast.Call, name: str) -> bool:
    if name.endswith(".Timeout"):
        return len(call.args) == 1 and not call.keywords and is_none(call.args[0])
    return is_none(keyword(call, "timeout"))


def _has_deadline(module: PythonModule, call: ast.Call) -> bool:
    """Whether something around a call ends it: `asyncio.wait_for(…)`, `with anyio.fail_after(…)`."""
    for outer in module.around(call):
        if isinstance(outer, ast.Call) and imported_call(module, outer) in _DEADLINES:
            return True
        if isinstance(outer, ast.With | ast.AsyncWith):
            if any(imported_call(module, item.context_expr) in _DEADLINES for item in outer.items):
                return True
        elif isinstance(outer, Function):
            return False
    return False


def _calls_out(module: PythonModule, call: ast.Call) -> bool:
    if _CALLS_OUT.match(imported_call(module, call)):
        return True
    named = call.func
    return (
        isinstance(named, ast.Attribute)
        and named.attr in _VERBS
        and bool(_CLIENTS.match(class_of(module, named.value)))
    )
