"""Errors that are caught and forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import hit_at

from ..errors import swallowed_exception

if TYPE_CHECKING:
    from tree_sitter import Node

_TIDYING: Final = re.compile(
    r"\b\w*(?:close|disconnect|destroy|dispose|kill|chmod|abort|cancel|unlink|rm|rmdir|remove|delete|cleanup|clear|stop|end"
    r"|release|signal|shutdown|terminate|unsubscribe|unref|revoke|logout|quit)\w*\)?\(",
    re.IGNORECASE,
)
_ASKING: Final = re.compile(
    r"\bJSON\.parse\(|\bnew URL\(|\b(?:access|accessSync|stat|statSync|lstat|mkdir|mkdirSync|realpath|exists\w*)\("
    r"|\brequire(?:\.resolve)?\(|\bimport\("
    r"|\.(?:is(?:Visible|Hidden|Enabled|Disabled|Checked)|innerText|textContent|waitForSelector|boundingBox)\("
)
"""A failure of these is an answer: it is no JSON, there is no such file, package or element on the page."""
_IN_PAGES: Final = re.compile(r"\bwindow\.(?:fetch|XMLHttpRequest|addEventListener|postMessage)\b|\bchrome\.runtime\b")
"""What runs in a browser, beside pages of others that it must not disturb."""
_REASON: Final = re.compile(r"(?:[^\w]*\b\w+\b){2}")
_LONGEST: Final = 200
"""Characters of a line; a longer one was put in by a tool."""


@also(swallowed_exception, reads=Reads.SCRIPT)
def swallowed_error(module: ScriptModule) -> Iterator[Hit]:
    """Flag empty catch clauses; a comment in one is taken for the reason."""
    if (module.compiled and "comment" not in module.kinds) or _IN_PAGES.search(module.text):
        return
    for clause in module.each("catch_clause"):
        body = clause.child_by_field_name("body")
        written = body is not None and len(module.line_of(clause)) <= _LONGEST
        if written and body is not None and _is_empty(module, body) and not _meant(module, clause):
            yield hit_at(module, clause, "Catches any error and goes on as if nothing had happened.")


def _is_empty(module: ScriptModule, body: Node) -> bool:
    """Whether nothing is done, and no comment of a few words says why."""
    comments = [module.text_of(node) for node in body.named_children if node.type == "comment"]
    return len(comments) == len(body.named_children) and not any(_REASON.search(text) for text in comments)


def _meant(module: ScriptModule, clause: Node) -> bool:
    """Whether nothing is lost by the failure: the block releases something, or asks whether something is there."""
    statement = module.parents[clause.id]
    block = module.text_of(statement.child_by_field_name("body"))
    named = module.function_name(clause) + "("
    outer = any(up.type in {"catch_clause", "finally_clause"} for up in module.around(statement))
    return outer or bool(_TIDYING.search(block) or _ASKING.search(block) or _TIDYING.search(named))
