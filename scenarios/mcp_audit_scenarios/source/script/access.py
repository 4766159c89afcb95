"""Who may use a server, and whose token it uses elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments, hit_at, key, option, string, underscored

from ..access import OWN_ISSUER, auth_disabled, token_passthrough

if TYPE_CHECKING:
    from tree_sitter import Node

_AUTH: Final = r"(?:auth|authentication|authorization|oauth|login)"
_AUTH_ON: Final = re.compile(
    rf"^(?!.*auto_{_AUTH})(?:\w+_)?{_AUTH}_(?:enabled|required)$|^(?:enable|require|use|enforce)_{_AUTH}$"
)
_AUTH_OFF: Final = re.compile(rf"^(?:disable|skip|bypass|no)_{_AUTH}$|^{_AUTH}_disabled$")
_OFF: Final = re.compile(r"^(?:false|z\.\w*(?:\.\w+)*\(\)(?:\.\w+\([^()]*\))*\.default\((?:false|['\"]false['\"])\))$")
_ON: Final = re.compile(r"^(?:true|z\.\w*(?:\.\w+)*\(\)(?:\.\w+\([^()]*\))*\.default\((?:true|['\"]true['\"])\))$")
_SENDS: Final = re.compile(r"^(?:fetch|axios(?:\.(?:get|post|put|patch|delete|request))?|got(?:\.\w+)?|ky(?:\.\w+)?)$")
_INCOMING: Final = re.compile(
    r"\b(?:req|request|ctx\.req|c\.req|extra\.requestInfo\??)\.headers\??(?:\.authorization\b|\.get\(['\"]authorization"
    r"['\"]\)|\[['\"]authorization['\"]\])|\.\.\.(?:req|request)\.headers\b",
    re.IGNORECASE,
)

_MOST_NAMES: Final = 2
"""Constants that are followed one from another."""


@also(auth_disabled, reads=Reads.SCRIPT)
def callers_need_no_token(module: ScriptModule) -> Iterator[Hit]:
    """Flag switches that are off by default or in the code, and tokens that are read without being verified."""
    for node in module.each("pair", "variable_declarator", "public_field_definition"):
        named = node.child_by_field_name("key") or node.child_by_field_name("name")
        name = underscored(module.text_of(named).strip("'\"")).lower()
        expected = _OFF if _AUTH_ON.search(name) else _ON if _AUTH_OFF.search(name) else None
        said = "" if expected is None else "".join(module.text_of(node.child_by_field_name("value")).split())
        if expected is not None and expected.match(said):
            yield hit_at(module, node, f"{module.text_of(named)} leaves callers without authentication.")
    verified = any("verify" in module.called(call).lower() for call in module.each("call_expression"))
    for call in module.each("call_expression"):
        left_out = _left_out(module, call, verified=verified)
        if left_out:
            yield hit_at(module, call, f"The token is decoded without verifying {left_out}.")


def _left_out(module: ScriptModule, call: Node, *, verified: bool) -> str:
    """Return what a call that decodes a token does not verify."""
    name = module.called(call)
    if name in {"jsonwebtoken.decode", "jwt-decode.jwtDecode", "jwt-decode", "jose.decodeJwt"} and not verified:
        return "its signature" if _is_incoming(module, call) else ""
    if name == "jsonwebtoken.verify":
        if module.text_of(option(module, call, "ignoreExpiration")) == "true":
            return "whether it has ended"
        named = option(module, call, "algorithms")
        return "its signature" if named is not None and re.search(r"['\"]none['\"]", module.text_of(named)) else ""
    return ""


def _is_incoming(module: ScriptModule, call: Node) -> bool:
    """Whether the token is the one of a request that is being served: the function around the call reads its header."""
    function = module.function_of(call)
    return function is not None and re.search(r"authorization", module.text_of(function), re.IGNORECASE) is not None


@also(token_passthrough, reads=Reads.SCRIPT)
def token_is_passed_on(module: ScriptModule) -> Iterator[Hit]:
    """Flag a token from the request that is served in the headers of an outgoing one, within one function."""
    for call in module.each("call_expression"):
        if not _SENDS.match(module.called(call)):
            continue
        headers = module.value_of(option(module, call, "headers"))
        given = arguments(call)
        if headers is None or not given or OWN_ISSUER.search(module.text_of(given[0]) + module.function_name(call)):
            continue
        source = next(_tokens(module, headers), "")
        if source:
            yield hit_at(module, call, f"The token of the request ({source}) goes into a request to another service.")


def _tokens(module: ScriptModule, headers: Node) -> Iterator[str]:
    """Yield what takes the token of the incoming request in these headers; names of constants are followed."""
    waiting = [(headers, 0)]
    while waiting:
        node, depth = waiting.pop()
        found = _INCOMING.search(module.text_of(node))
        if found is not None:
            yield found[0]
            return
        waiting.extend((child, depth) for child in node.named_children)
        if node.type in {"identifier", "shorthand_property_identifier"} and depth < _MOST_NAMES:
            value = module.constants.get(module.text_of(node))
            if value is not None and not _is_key(module, node):
                waiting.append((value, depth + 1))


def _is_key(module: ScriptModule, node: Node) -> bool:
    parent = module.parents[node.id]
    return parent.type == "pair" and key(module, parent) == module.text_of(node) and string(module, node) is None
