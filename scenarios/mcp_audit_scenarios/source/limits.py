"""Limits that keep one caller from using a server up, where they are taken away."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.origins import origins
from mcp_audit_harness.source.python.settings import settings_of
from mcp_audit_harness.source.python.syntax import constant, hit_at, keyword
from mcp_audit_harness.source.rules import Hit, rule

_RATE_ON: Final = re.compile(
    r"(?:^|_)(?:rate_?limit(?:s|ing|er)?|throttl(?:e|ing))_enabled$"
    r"|^(?:enable|use|with|enforce|apply)_(?:rate_?limit(?:s|ing|er)?|throttling)$"
)
_RATE_OFF: Final = re.compile(
    r"^(?:disable|skip|no|without|bypass)_(?:rate_?limit(?:s|ing|er)?|throttling)$|(?:^|_)rate_?limit(?:s|ing)?_disabled$"
)
_BODY_LIMIT: Final = re.compile(
    r"^(?:client_max_size|(?:http_)?max_(?:request_|http_)?(?:body|content|request|payload)_?(?:size|length|bytes)?"
    r"|request_max_size|max_request_body_(?:size|bytes)|max_content_length|client_max_body_size|body_limit)$"
)
_SPEAKS_MCP: Final = re.compile(r"json-?_?rpc|mcp-session-id|[\"']/mcp/?[\"']", re.IGNORECASE)
_BOUNDLESS: Final = frozenset({"sys.maxsize", "math.inf"})


@rule(
    id="source/rate-limit-disabled",
    title="The rate limit is switched off",
    severity=Severity.LOW,
    aspect=Aspect.OPERATIONS,
    weakness="CWE-770",
    remediation="Keep the limit on by default, and let operators raise it.",
    references=("https://modelcontextprotocol.io/specification/2025-11-25/server/tools#security-considerations",),
    shown_by=("exhaustion/call-flood", "exhaustion/session-flood"),
)
def rate_limit_disabled(module: PythonModule) -> Iterator[Hit]:
    """Servers must limit how often tools are called; a client that loops otherwise keeps everybody else waiting.

    Only a limit that is there and switched off counts. That a file has none says nothing: it can be in front of it.
    """
    for setting in settings_of(module):
        off = _RATE_ON.search(setting.name) and setting.is_off(module)
        if off or (_RATE_OFF.search(setting.name) and setting.is_on(module)):
            yield hit_at(module, setting.node, f"{setting.name} switches the rate limit off.")
    for call in module.each(ast.Call):
        enabled = keyword(call, "enabled")
        if module.called(call) in {"slowapi.Limiter", "flask_limiter.Limiter"} and constant(enabled) is False:
            yield hit_at(module, call, "The rate limiter is switched off.")


@rule(
    id="source/no-body-limit",
    title="Requests of any length are read into memory",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-770",
    remediation="Refuse bodies over a few MiB with 413: look at Content-Length first, and count while you read"
    " request.stream().",
    references=("https://cwe.mitre.org/data/definitions/770.html",),
    shown_by=("exhaustion/unbounded-body", "exhaustion/unbounded-chunked-body"),
)
def no_body_limit(module: PythonModule) -> Iterator[Hit]:
    """One request of some gigabytes ends a server that keeps bodies in memory; it needs no login to be sent.

    Counted are limits that are set to none, and handlers of MCP messages that read the whole body of a Starlette
    request, which has no limit of its own. Checking the length of what has been read comes too late.
    """
    for setting in settings_of(module):
        if setting.given and _BODY_LIMIT.search(setting.name) and _is_boundless(module, setting.value):
            yield hit_at(module, setting.node, f"{setting.name} takes the limit of bodies away.")
    if _SPEAKS_MCP.search(module.text) and _is_starlette(module) and not _bounded_before(module):
        for node in module.each(ast.Await):
            if isinstance(node.value, ast.Call) and _reads_body(node.value):
                yield hit_at(module, node, "The whole body is read before anybody looks how long it is.")


def _is_boundless(module: PythonModule, value: ast.expr) -> bool:
    for found in origins(module, value):
        if isinstance(found, ast.Constant) and (found.value is None or found.value == 0) and found.value is not False:
            return True
        if module.name_of(found) in _BOUNDLESS or ast.unparse(found) in {"-1", "float('inf')"}:
            return True
    return False


def _is_starlette(module: PythonModule) -> bool:
    return any(origin.startswith(("starlette.", "fastapi.")) for origin in module.imports.values())


def _bounded_before(module: PythonModule) -> bool:
    """Whether the module looks at the declared length, or sets a limit in front of its handlers."""
    return re.search(r"content[-_]length", module.text, re.IGNORECASE) is not None or any(
        re.search(r"limit\w*middleware", name, re.IGNORECASE) for name in module.imports
    )


def _reads_body(call: ast.Call) -> bool:
    named = call.func
    return (
        isinstance(named, ast.Attribute)
        and named.attr in {"body", "json"}
        and isinstance(named.value, ast.Name)
        and named.value.id in {"request", "req"}
    )
