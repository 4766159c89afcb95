"""Transports over HTTP that web pages can reach, and the one that the specification has replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.model import Language
from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments, hit_at, is_opaque, key, option, string
from mcp_audit_harness.source.tree import SourceTree

from ..transports import LOOPBACK, legacy_sse_transport, no_transport_security

if TYPE_CHECKING:
    from tree_sitter import Node

_TRANSPORT: Final = re.compile(
    r"^@modelcontextprotocol/.*\.(?:\w*StreamableHTTPServerTransport|SSEServerTransport|createMcpHandler)$"
)
_LISTENS: Final = re.compile(r"\.listen\(|\bhttps?\.createServer\(|\bserve\(\{|\bBun\.serve\(")
_CHECKS_HEADERS: Final = re.compile(
    r"enableDnsRebindingProtection|allowed_?(?:Hosts|Origins|Hostnames)|hostHeaderValidation|localhostHostValidation"
    r"|createMcpExpressApp|headers\??\.(?:host|origin)\b|[\"'](?:origin|host)[\"']\s*[\])]|originValidation"
    r"|[\"'](?:x-)?(?:mcp-)?(?:api-key|auth-?token|authorization)[\"']|headers\??\.authorization"
    r"|(?:bearer|require|auth|authenticat\w*|verify|jwt|token)_?(?:Auth|Middleware|Token|Bearer|Login)\b|passport\.",
    re.IGNORECASE,
)
_SSE: Final = re.compile(r"^(?!\s*(?://|\*|/\*)).*\bnew (?:\w+\.)?SSEServerTransport\(")
_STREAMABLE: Final = re.compile(
    r"StreamableHTTP(?:Server)?Transport|createMcpHandler|httpStream|streamable-?http", re.IGNORECASE
)


@also(no_transport_security, reads=Reads.SCRIPT)
def transport_is_unprotected(module: ScriptModule) -> Iterator[Hit]:
    """Flag transports of the SDK in modules that listen themselves and look at neither Host nor Origin nor a token.

    The transports check nothing unless `enableDnsRebindingProtection` is set; `createMcpExpressApp` (1.24 and later)
    checks Host if it is told an address of loopback, or the hosts.
    """
    for pair in module.each("pair"):
        said = key(module, pair), module.text_of(pair.child_by_field_name("value"))
        if said == ("enableDnsRebindingProtection", "false"):
            yield hit_at(module, pair, "The protection against DNS rebinding is switched off.")
    for call in module.each("call_expression"):
        if module.called(call).endswith(".createMcpExpressApp") and (host := _away(module, call)):
            yield hit_at(module, call, f"Off loopback ({host}) createMcpExpressApp checks Host only with allowedHosts.")
    made = [new for new in module.each("new_expression") if _TRANSPORT.match(module.called(new))]
    if made and _LISTENS.search(module.text) and _CHECKS_HEADERS.search(module.text) is None:
        name = module.called(made[0]).rpartition(".")[2]
        if not any(is_opaque(module, item) for item in arguments(made[0])[-1:] if name != "SSEServerTransport"):
            yield hit_at(
                module, made[0], f"{name} answers to any Host and Origin, and nothing in front of it checks them."
            )


def _away(module: ScriptModule, call: Node) -> str:
    """Return the address outside of loopback that an app is made for without a list of hosts."""
    host = string(module, option(module, call, "host"))
    listed = option(module, call, "allowedHosts")
    return host if host is not None and host not in LOOPBACK and listed is None else ""


@also(legacy_sse_transport, reads=Reads.TREE)
def only_sse_is_served(tree: SourceTree) -> Iterator[Hit]:
    """Flag the first transport of HTTP+SSE in TypeScript and JavaScript that start no Streamable HTTP anywhere."""
    files = [file for file in tree.shipped if file.language is not Language.PYTHON]
    if any(_STREAMABLE.search(file.text) for file in files):
        return
    for file in files:
        for number, line in enumerate(file.text.split("\n"), start=1):
            if _SSE.match(line):
                yield Hit(number, "The server speaks HTTP+SSE, and nothing newer.", path=file.path)
                return
