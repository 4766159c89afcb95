"""Queries that a client's text is part of."""

import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.arrivals import Arrival
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.values import AS_TEXT, Danger, Value
from mcp_audit_harness.source.rules import Hit, rule

from .reaching import hit, named, once_per_line, reached

_RUNNING: Final = frozenset(
    """
    execute executemany executescript execute_query execute_sql _execute_query run_query query fetch fetchrow fetchval
    fetchall fetch_all fetch_one raw text read_sql read_sql_query exec_driver_sql sql execute_read execute_write
    """.split()  # noqa: SIM905 - a list of words is read as one
)
_SQL: Final = re.compile(
    r"\b(?:select\b.*\bfrom|insert\s+into|update\b.*\bset|delete\s+from|pragma|create\s+(?:table|view|index|database)"
    r"|alter\s+table|drop\s+\w+|describe|show\s+\w+|explain|truncate\s+table|match\s*\()",
    re.IGNORECASE | re.DOTALL,
)
_KUSTO: Final = re.compile(
    r"^\s*(?:\.show\s+table\s+)?\x01\s*(?:\|\s*(?:take|getschema|where|limit|sample|count|project|summarize)\b|$)"
    r"|\|\s*where\b.*\x01"
)
"""Kusto, a language of pipes."""


@rule(
    id="source/sql-from-argument",
    title="An argument is written into a query",
    severity=Severity.HIGH,
    aspect=Aspect.SECURITY,
    weakness="CWE-89",
    remediation="Pass values as parameters of the query (`execute(sql, (value,))`); compare names of tables and "
    "columns with those that there are.",
    references=("https://cwe.mitre.org/data/definitions/89.html", "https://nvd.nist.gov/vuln/detail/CVE-2026-33980"),
    shown_by=("injection/text-changes-sql", "injection/text-changes-query"),
)
def sql_from_argument(module: PythonModule) -> Iterator[Hit]:
    """Text that is pasted into a query is read as part of it: a quote or a line break ends the value, and the rest is
    the client's own statement. A tool whose argument is the whole query is not meant: that is its offer.
    """
    yield from once_per_line(_pasted(module))


def _pasted(module: PythonModule) -> Iterator[Hit]:
    for arrival in reached(module):
        if arrival.name in _RUNNING:
            for value in _queries(arrival):
                if value.dangerous(Danger.SQL) and not value.whole:
                    message = f"{arrival.name}() runs a query that {named(value)} is written into"
                    line = next((mark.line for mark in value.trail if mark.note == AS_TEXT), 0)
                    yield hit(arrival, value, message, "run as a query here", line=line)


def _queries(arrival: Arrival) -> Iterator[Value]:
    """Yield those of a call's arguments that are queries with something of a client in their text."""
    for value in (*arrival.arguments[:2], *(value for name, value in arrival.keywords if name in {"query", "sql"})):
        if value.items is None and (_SQL.search(value.template) or _KUSTO.search(value.template)):
            yield value
