"""Who reaches a server, and whose pages may read what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import (
    CALLABLE,
    arguments,
    defaulted,
    hit_at,
    key,
    member,
    option,
    string,
    underscored,
)

from ..binding import EVERYWHERE, binds_all_interfaces, cors_any_origin

if TYPE_CHECKING:
    from tree_sitter import Node

_HOST: Final = re.compile(r"(?:^|_|-)(?:host|hostname|bind|bind_?address|listen_?address|listen_?host)$", re.IGNORECASE)
_SERVERS: Final = frozenset({
    *("express", "http.createServer", "https.createServer", "createServer", "connect", "http.Server", "polka"),
})  # fmt: skip
_TRANSPORTS: Final = re.compile(
    r"(?:HTTP|SSE)ServerTransport$|^@modelcontextprotocol/sdk/server/(?:sse|streamableHttp)\b"
)
_PUBLIC: Final = re.compile(r"well-?known|metadata|health|ready|live|ping|version|jwks|favicon|static", re.IGNORECASE)
_HEADER: Final = "access-control-allow-origin"


@also(binds_all_interfaces, reads=Reads.SCRIPT)
def listens_everywhere(module: ScriptModule) -> Iterator[Hit]:
    """Flag literals and defaults of a host, and `listen(port)` of Node and express, which takes every address, too."""
    for node in module.each("string"):
        if string(module, node) in EVERYWHERE and _is_listened_on(module, node):
            yield hit_at(module, node, f"The server listens on {string(module, node)}: every address of the machine.")
    if not _speaks_mcp(module):
        return
    for call in module.each("call_expression"):
        if _names_no_host(module, call):
            yield hit_at(module, call, "listen is given no host: the server listens on every address of the machine.")


def _speaks_mcp(module: ScriptModule) -> bool:
    """Whether the module serves MCP itself: another server in it may only wait for a login."""
    return any(_TRANSPORTS.search(name) for name in module.imports.values())


def _is_listened_on(module: ScriptModule, node: Node) -> bool:
    """Whether a literal is the value or the default of something that is called like an address to listen on."""
    found = defaulted(module, node)
    if found is None:
        return False
    inner, parent = found
    if parent.type == "arguments":
        call = module.parents[parent.id]
        return _is_host_argument(module, call, arguments(call).index(inner))
    names = [parent.child_by_field_name(field) for field in ("key", "name", "left")]
    if parent.child_by_field_name("name") == inner or parent.type == "literal_type":
        return False
    return any(_is_host(module.text_of(name).strip("'\"")) for name in names if name is not None)


def _is_host(name: str) -> bool:
    return bool(_HOST.search(underscored(name.rpartition(".")[2])))


def _is_host_argument(module: ScriptModule, call: Node, index: int) -> bool:
    """Whether an argument is the host of a call of `listen`, or the default of an option or setting named so."""
    function = call.child_by_field_name("function")
    method = module.text_of(function).rpartition(".")[2]
    if method == "listen":
        return index == 1
    if method in {"option", "addOption", "requiredOption"} and index > 0:
        return bool(re.search(r"--(?:host|hostname|bind)\b", module.text_of(arguments(call)[0])))
    if method == "default":
        pair = next((up for up in module.around(call) if up.type == "pair"), None)
        return pair is not None and _is_host(key(module, pair))
    return False


def _names_no_host(module: ScriptModule, call: Node) -> bool:
    """Whether a server of Node or express is told a port only."""
    function = call.child_by_field_name("function")
    if function is None or module.text_of(function.child_by_field_name("property")) != "listen":
        return False
    owner = module.value_of(function.child_by_field_name("object"))
    given = arguments(call)
    if owner is None or module.called(owner) not in _SERVERS or not given or module.text_of(given[0]) == "0":
        return False
    if given[0].type in {"object", "string"}:
        return (
            given[0].type == "object"
            and member(module, given[0], "host") is None
            and "port" in module.text_of(given[0])
        )
    return len(given) == 1 or given[1].type in CALLABLE


@also(cors_any_origin, reads=Reads.SCRIPT)
def cors_lets_anybody_read(module: ScriptModule) -> Iterator[Hit]:
    """Flag `cors()` without an origin, "*" or true (which repeats the origin that asks), and the bare header."""
    for call in module.each("call_expression"):
        if module.called(call) in {"cors", "hono/cors.cors", "@fastify/cors"} and _allows_any(module, call):
            if not _is_public(module, call):
                yield hit_at(module, call, "CORS lets pages of any site read answers.")
        elif _sets_header(module, call) and not _is_public(module, call):
            yield hit_at(module, call, "The header lets pages of any site read this answer.")
    for pair in module.each("pair"):
        value = string(module, pair.child_by_field_name("value"))
        if key(module, pair).lower() == _HEADER and value == "*" and not _is_public(module, pair):
            yield hit_at(module, pair, "The header lets pages of any site read this answer.")


def _allows_any(module: ScriptModule, call: Node) -> bool:
    given = arguments(call)
    if not given:
        return True
    origin = option(module, call, "origin")
    settings = module.value_of(given[0])
    if origin is None:
        plain = settings is not None and settings.type == "object"
        return (
            plain
            and settings is not None
            and all(child.type in {"pair", "comment"} for child in settings.named_children)
        )
    return string(module, origin) == "*" or module.text_of(origin) == "true"


def _sets_header(module: ScriptModule, call: Node) -> bool:
    name, value = (*(string(module, item) for item in arguments(call)[:2]), None, None)[:2]
    return (name or "").lower() == _HEADER and value == "*"


def _is_public(module: ScriptModule, node: Node) -> bool:
    """Whether the answer is a document for everybody: its route, or the function around it, says so."""
    for up in module.around(node):
        if up.type == "call_expression":
            given = arguments(up)
            if given and _PUBLIC.search(string(module, given[0]) or ""):
                return True
        named = up.type in {"function_declaration", "method_definition", "variable_declarator"}
        if named and _PUBLIC.search(module.text_of(up.child_by_field_name("name"))):
            return True
    return False
