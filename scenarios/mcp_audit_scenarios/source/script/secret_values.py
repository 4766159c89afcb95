"""Credentials in the text of a program, and in what it logs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.credentials import is_likely_value, names_secret
from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments, defaulted, hit_at, string, underscored

from ...attacks.leak_patterns import likely_secret, proven_secret
from ..secret_values import CREDENTIAL, secret_in_log, secret_in_source

if TYPE_CHECKING:
    from tree_sitter import Node

_LOGS: Final = re.compile(
    r"^(?:console|log|logger|winston|pino|this\.logger|this\.log)\.(?:log|error|warn|info|debug|trace)$|\.sendLoggingMessage$"
)
_LOGGED_NAMES: Final = re.compile(rf"^{CREDENTIAL}$|^(?:token|secret|credentials)$", re.IGNORECASE)
_KEEPS: Final = frozenset({"JSON.stringify", "String", "util.inspect", "Object.entries"})
_MADE_OF_PARTS: Final = frozenset(
    {"template_string", "template_substitution", "array", "object", "as_expression", "non_null_expression"}
)
_PUBLISHED: Final = re.compile(r"^(?:phc_|pk_|pk\.|G-|UA-)")
"""Keys that every page with a form or a counter on it shows: they are no secret."""
_SEARCH_KEY: Final = re.compile(r"algolia|appId|applicationId|indexName", re.IGNORECASE)
_ABOUT: Final = re.compile(r"sources?\b|names?\b|has[A-Z]|present|masked|redact", re.IGNORECASE)
_SHORTEST: Final = 8


@also(secret_in_source, reads=Reads.SCRIPT)
def secret_is_written_down(module: ScriptModule) -> Iterator[Hit]:
    """Flag texts of the shape of a credential, and literals that are set under the name of one."""
    for node in module.each("string", "template_string"):
        text = string(module, node)
        if text is None or len(text) < _SHORTEST or module.parents[node.id].type == "expression_statement":
            continue
        proven = proven_secret(text)
        kind = proven[0] if proven is not None else likely_secret(text)
        if kind:
            yield hit_at(module, node, f"The source holds what looks like {kind}.")
        elif is_likely_value(text) and (name := _name_for(module, node)) and not _is_published(module, node, text):
            yield hit_at(module, node, f"A literal is the value of {name}.")


def _is_published(module: ScriptModule, node: Node, text: str) -> bool:
    """Whether a key is one for pages to show, as those of search services and counters are."""
    around = next((up for up in module.around(node) if up.type == "object"), None)
    return bool(_PUBLISHED.match(text) or _SEARCH_KEY.search(module.text_of(around)))


def _name_for(module: ScriptModule, node: Node) -> str:
    """Return the name of a credential that a literal is set under; empty for none."""
    found = defaulted(module, node)
    if found is None:
        return ""
    _, parent = found
    fields = {"variable_declarator": "name", "assignment_expression": "left", "pair": "key"}
    fields |= {"public_field_definition": "name", "required_parameter": "pattern", "assignment_pattern": "left"}
    named = parent.child_by_field_name(fields.get(parent.type, "none"))
    if named == node:
        return ""  # the name itself, in quotes: `"X-N8N-Key": key`
    name = module.text_of(named).strip("'\"").rpartition(".")[2]
    return name if names_secret(name) else ""


@also(secret_in_log, reads=Reads.SCRIPT)
def secret_is_logged(module: ScriptModule) -> Iterator[Hit]:
    """Flag credentials, all headers of a request and the whole environment in what is logged, unless shortened."""
    for call in module.each("call_expression"):
        if _LOGS.search(module.called(call)):
            what = next((found for part in arguments(call) for found in _written(module, part)), "")
            if what:
                yield hit_at(module, call, f"{what} is written to the log.")


def _written(module: ScriptModule, node: Node) -> Iterator[str]:
    """Yield the credentials that are in the text of an expression."""
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        parts = _parts(module, inner)
        if parts is None:
            yield from _credential(module, inner)
        waiting.extend(part for part in parts or () if part.type not in {"string_fragment", "comment"})


def _parts(module: ScriptModule, node: Node) -> list[Node] | None:
    """Return the expressions whose texts an expression is put together from; None for one that is no such thing."""
    if node.type in _MADE_OF_PARTS:
        return node.named_children
    if node.type == "pair":
        value = node.child_by_field_name("value")
        return [] if value is None else [value]
    if node.type == "binary_expression":
        return node.named_children if module.text_of(node.child_by_field_name("operator")) == "+" else []
    if node.type == "call_expression":
        return list(arguments(node)) if module.called(node) in _KEEPS else []
    return None


def _credential(module: ScriptModule, node: Node) -> Iterator[str]:
    if node.type not in {"identifier", "member_expression", "shorthand_property_identifier", "subscript_expression"}:
        return
    text = module.text_of(node)
    if text == "process.env":
        yield "The whole environment"
    elif text in {"req.headers", "request.headers"}:
        yield "Every header of a request, Authorization included,"
    else:
        index = node.child_by_field_name("index")
        name = (string(module, index) or "") if index is not None else text.rpartition(".")[2]
        if not _ABOUT.search(text) and _LOGGED_NAMES.search(underscored(name).replace("-", "_")):
            yield text
