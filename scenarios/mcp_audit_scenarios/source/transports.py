"""Transports over HTTP that web pages can reach, and the one that the specification has replaced."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mcp_audit_harness.model import Aspect, Language, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.objects import class_of
from mcp_audit_harness.source.python.origins import constants
from mcp_audit_harness.source.python.syntax import constant, ending, given, hit_at, is_none, keyword
from mcp_audit_harness.source.rules import Hit, Reads, also, rule
from mcp_audit_harness.source.tree import SourceFile, SourceTree

_UNPROTECTED: Final = {"StreamableHTTPSessionManager": 5, "StreamableHTTPServerTransport": 4, "SseServerTransport": 2}
"""Classes of the `mcp` SDK that check no header unless they are told to; how many arguments come with the settings."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
"""For these hosts the high-level server of the `mcp` SDK (1.23 and later) switches the protection on by itself."""
_STARTS: Final = frozenset({"run", "run_async", "run_http_async", "run_streamable_http_async", "run_sse_async"})
_APPS: Final = frozenset({"http_app", "streamable_http_app", "sse_app"})
_OVER_HTTP: Final = frozenset({"http", "streamable-http", "streamable_http", "sse"})
_CHECKS_HEADERS: Final = re.compile(
    r"TrustedHost|OriginGuard|allowed_(?:hosts|origins)|host_origin_protection|[\"'](?:HTTP_)?origin[\"']"
    r"|RequireAuthMiddleware|BearerAuthBackend",
    re.IGNORECASE,
)
_LEFT_OFF: Final = "fastmcp checks neither Host nor Origin unless host_origin_protection says so."
_IMPORTS_FASTMCP: Final = re.compile(r"^\s*from fastmcp import .*\bFastMCP\b", re.MULTILINE)
_MAKES: Final = re.compile(r"\b(?:FastMCP|MCPServer)\(")
_SERVES: Final = re.compile(r"\.(?:http_app|run|run_async|run_http_async)\(")
_LOGIN: Final = re.compile(
    r"\bauth\s*=(?!=|\s*None)|\w(?:Verifier|OAuthProvider)\(|(?:Auth|JWT|Jwt|Token)\w*Middleware|OAuthProxy|OIDCProxy"
)
_OTHER_GUARD: Final = re.compile(r"TrustedHost|OriginGuard|[\"']origin[\"']", re.IGNORECASE)


@rule(
    id="source/no-transport-security",
    title="HTTP transport without protection against DNS rebinding",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-350",
    remediation="Give the transport the hosts and origins that it serves (TransportSecuritySettings with allowed_hosts"
    " and allowed_origins in the mcp SDK, host_origin_protection in fastmcp), or refuse foreign Origin and Host headers"
    " in front of it.",
    references=(
        "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-66416",
    ),
    shown_by=("rebinding/accepts-*", "rebinding/*-for-foreign-origin", "sse/serves-foreign-origin"),
)
def no_transport_security(module: PythonModule) -> Iterator[Hit]:
    """A page whose name is rebound to 127.0.0.1 talks to servers on the machine of whoever opens it, as that user.

    Servers must check the Origin header. The `mcp` SDK does so by itself only for its high-level server on a loopback
    address; the low-level transports, other addresses and `fastmcp` need to be told, and `chuk-mcp-server` has no such
    check.
    """
    if not any(origin.startswith(("mcp.", "fastmcp", "chuk_mcp_server")) for origin in module.imports.values()):
        return
    for call in module.each(ast.Call):
        if _switches_off(module, call) and _OTHER_GUARD.search(module.text) is None:
            yield hit_at(module, call, "The protection against DNS rebinding is switched off.")
    if _CHECKS_HEADERS.search(module.text) is None:
        for call in module.each(ast.Call):
            message = _unprotected(module, call)
            if message:
                yield hit_at(module, call, message)


def _switches_off(module: PythonModule, call: ast.Call) -> bool:
    last = ending(call)
    name = "enable_dns_rebinding_protection" if last == "TransportSecuritySettings" else "host_origin_protection"
    value = keyword(call, name)
    return value is not None and any(found.value is False for found in constants(module, value))


def _unprotected(module: PythonModule, call: ast.Call) -> str:
    """Return what is wrong with a transport that is set up without settings."""
    last = ending(call)
    if any(item.arg is None for item in call.keywords):
        return ""
    if last in _UNPROTECTED and module.called(call).startswith("mcp."):
        settings = keyword(call, "security_settings")
        if (settings is None or is_none(settings)) and len(call.args) < _UNPROTECTED[last]:
            return f"{last} gets no security settings, so it answers to any Host and Origin."
        return ""
    if last in _STARTS | _APPS | {"FastMCP"} and not _needs_login(module):
        return _by_itself(module, call)
    return ""


def _by_itself(module: PythonModule, call: ast.Call) -> str:
    """Return what is wrong with a high-level server: its SDK leaves the protection off."""
    if _is_of_chuk(module, call) and "oauth" not in module.text.lower():
        return "chuk-mcp-server checks neither Host nor Origin; something in front of it has to."
    made = _server_classes(module)
    if "fastmcp" in made and _MAKES.search(module.text) and _is_over_http(module, call):
        return _LEFT_OFF
    host = keyword(call, "host")
    if host is not None and "mcp" in made and keyword(call, "transport_security") is None:
        away = [found.value for found in constants(module, host) if found.value not in LOOPBACK]
        if away and "transport_security" not in module.text:
            return f"Off loopback ({away[0]!s}) the SDK checks neither Host nor Origin without transport_security."
    return ""


def _is_of_chuk(module: PythonModule, call: ast.Call) -> bool:
    """Whether a call starts a server of chuk-mcp-server over HTTP, and says so."""
    if module.called(call) == "chuk_mcp_server.run":
        value = given(call, 0, "transport")
        return value is not None and any(found.value == "http" for found in constants(module, value))
    if not isinstance(call.func, ast.Attribute) or constant(keyword(call, "stdio")) is True:
        return False
    of_chuk = class_of(module, call.func.value) == "chuk_mcp_server.ChukMCPServer"
    return of_chuk and call.func.attr == "run" and any(item.arg in {"host", "port"} for item in call.keywords)


def _is_over_http(module: PythonModule, call: ast.Call) -> bool:
    """Whether a method of a server serves it over HTTP."""
    last = ending(call)
    if not isinstance(call.func, ast.Attribute) or last not in _STARTS | _APPS:
        return False
    if last in _APPS or last in _STARTS - {"run", "run_async"}:
        return True
    value = given(call, 0, "transport")
    return value is not None and any(found.value in _OVER_HTTP for found in constants(module, value))


@also(no_transport_security, reads=Reads.TREE)
def served_in_another_module(tree: SourceTree) -> Iterator[Hit]:
    """Flag servers of fastmcp that one module makes and another serves, if none checks headers or asks for a token."""
    files = [file for file in tree.shipped if file.language is Language.PYTHON]
    made = any(_IMPORTS_FASTMCP.search(file.text) for file in files)
    if not made or any(_CHECKS_HEADERS.search(file.text) or _LOGIN.search(file.text) for file in files):
        return
    for file in files:
        if _SERVES.search(file.text) and not _MAKES.search(file.text):
            yield from _served_in(file)


def _served_in(file: SourceFile) -> Iterator[Hit]:
    try:
        module = PythonModule.parse(file.path, file.text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for call in module.each(ast.Call):
        if _is_over_http(module, call) and all(item.arg is not None for item in call.keywords):
            yield replace(hit_at(module, call, _LEFT_OFF), path=file.path)


def _server_classes(module: PythonModule) -> set[str]:
    """Return from which SDKs the module has its high-level server: mcp, fastmcp."""
    names = {"FastMCP", "MCPServer"}
    return {origin.partition(".")[0] for origin in module.imports.values() if origin.rpartition(".")[2] in names}


def _needs_login(module: PythonModule) -> bool:
    """Whether a server of the module asks for a token: a page that is rebound has none."""
    if re.search(r"(?:Auth|JWT|Jwt|Token)\w*Middleware", module.text):
        return True
    made = (call for call in module.each(ast.Call) if ending(call) in {"FastMCP", "MCPServer"})
    said = (keyword(call, name) for call in made for name in ("auth", "token_verifier", "auth_server_provider"))
    return any(value is not None and not is_none(value) for value in said)


@rule(
    id="source/legacy-sse-transport",
    title="Only the replaced HTTP+SSE transport is served",
    severity=Severity.LOW,
    aspect=Aspect.OPERATIONS,
    remediation="Serve Streamable HTTP, beside HTTP+SSE as long as clients need that.",
    references=("https://modelcontextprotocol.io/specification/2025-03-26/changelog",),
)
def legacy_sse_transport(module: PythonModule) -> Iterator[Hit]:
    """Revision 2025-03-26 replaced HTTP+SSE by Streamable HTTP, and newer clients have dropped it.

    A module that serves both keeps old clients, as the specification advises, and is left alone.
    """
    if re.search(
        r"streamable|transport\s*=\s*[\"']http[\"']|[\"']http[\"']\s*[,\]}]|http_app\(", module.text, re.IGNORECASE
    ):
        return
    for call in module.each(ast.Call):
        if _serves_sse(module, call):
            yield hit_at(module, call, "The server is started with HTTP+SSE, and the module has no Streamable HTTP.")
            return


def _serves_sse(module: PythonModule, call: ast.Call) -> bool:
    last = ending(call)
    if last == "SseServerTransport":
        return module.called(call).startswith("mcp.")
    if not isinstance(call.func, ast.Attribute):
        return False
    if last in {"run_sse_async", "sse_app"}:
        return bool(_server_classes(module))
    return last in {"run", "run_async"} and constant(given(call, 0, "transport")) == "sse"
