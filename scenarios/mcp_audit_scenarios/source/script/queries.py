"""Queries and addresses that are made of a client's values."""

import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments
from mcp_audit_harness.source.script.values import Kind, Taint

from ..addresses import url_from_argument
from ..queries import sql_from_argument
from .reaching import hit, reached

_QUERIES: Final = frozenset({
    *("query", "execute", "exec", "raw", "all", "run", "get", "each", "prepare", "unsafe", "queryRaw", "executeSql"),
    *("$queryRawUnsafe", "$executeRawUnsafe", "any", "one", "many", "none", "multi"),
})  # fmt: skip
_SQL: Final = re.compile(
    r"[`'\"]\s*(?:select\s.+\sfrom|insert\s+into|update\s.+\sset|delete\s+from|drop\s+\w+|create\s+\w+|alter\s+\w+"
    r"|truncate\s|pragma\s|describe\s|explain\s|show\s+\w+|use\s|with\s)",
    re.IGNORECASE | re.DOTALL,
)
_ASKED_FOR: Final = re.compile(r"^(?:sql|query|statement|sqlQuery|sql_query)$")
"""A tool that takes a query runs queries: that is what it is there for."""
_FETCHES: Final = re.compile(
    r"^(?:fetch|globalThis\.fetch|undici\.(?:fetch|request)|axios(?:\.(?:get|post|put|patch|delete|head|request))?"
    r"|got(?:\.\w+)?|ky(?:\.\w+)?|https?\.(?:get|request)|needle(?:\.\w+)?|superagent\.\w+)$"
)


@also(sql_from_argument, reads=Reads.SCRIPT)
def argument_is_written_into_sql(module: ScriptModule) -> Iterator[Hit]:
    """Flag statements of SQL that are put together with an argument, and handed to a method that runs one."""
    for arrival in reached(module):
        method = arrival.name.rpartition(".")[2] or module.text_of(arrival.node).partition("(")[0].rpartition(".")[2]
        value = arrival.values[0] if arrival.values else None
        if method not in _QUERIES or value is None or value.whole or value.kind is not Kind.TEXT or value.members:
            continue
        statement = arguments(arrival.node)[0]
        texts = (module.text_of(statement), module.text_of(module.value_of(statement)), _notes(module, value))
        if any(_SQL.search(text) for text in texts) and not _ASKED_FOR.match(value.argument):
            message = (
                f"The argument {value.argument or 'object'} is a part of the SQL statement, not a parameter of it."
            )
            yield hit(module, arrival, value, message)


def _notes(module: ScriptModule, value: Taint) -> str:
    """Return the lines on the way of a value, among which is the one that puts it into the statement."""
    lines = module.text.split("\n")
    return "\n".join(lines[mark.line - 1] for mark in value.trail if mark.line <= len(lines))


@also(url_from_argument, reads=Reads.SCRIPT)
def argument_names_an_address(module: ScriptModule) -> Iterator[Hit]:
    """Flag requests to an address that begins with what a client sent, and whose host was held against nothing."""
    for arrival in reached(module):
        if not _FETCHES.match(arrival.name):
            continue
        first = arrival.values[0] if arrival.values else None
        value = dict(first.members).get("url") if first is not None and first.members else first
        if value is not None and value.leads and value.kind is Kind.TEXT and not value.members:
            message = f"{arrival.name} asks any address that a client names in {value.argument or 'an argument'}."
            yield hit(module, arrival, value, message)
