"""Runs bandit over the Python that users run, with a selection of its tests of ours, and no settings of the tree.

Left out are tests that our own rules do better (shells, SQL, addresses, secrets, swallowed exceptions, binds), that
speak of imports instead of uses, or of dangers that current versions of Python do not have (XML parsers of the standard
library). Lines that their author marked `# nosec`, or `# noqa: S…` for ruff, were looked at by somebody, and are left
out.
"""

import ast
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from ..model import Aspect, Engine, Language, Severity, SourceFinding, SourceRule, Unrun
from .applying import found_at
from .isolated import COPY, ProgramError, copied, lacking, path_of, run
from .looked import Looked
from .python.syntax import parsed
from .rules import Hit
from .tree import SourceFile, SourceTree

_TABLE: Final = Path(__file__).with_name("bandit_rules.toml")
_PATIENCE_S: Final = 120.0
_MOST_LOOKED_AT: Final = 2_000
_NOTHING: Final = ":nothing:"
"""A pattern of paths to leave out that no path fits, in place of bandit's own."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A test of bandit that is run, and which of its findings count."""

    rule: SourceRule
    says: str
    """What there is, in one sentence."""
    only: re.Pattern[str] | None
    """What the statement must hold."""
    unless: re.Pattern[str] | None
    """What the statement must not hold."""
    reviewed: re.Pattern[str]
    """The comment by which authors accept the same test of ruff's."""

    def counts(self, statement: str) -> bool:
        """Whether the finding is meant at a statement."""
        wanted = self.only is None or self.only.search(statement)
        return bool(wanted) and not any(
            pattern.search(statement) for pattern in (self.unless, self.reviewed) if pattern
        )


@cache
def selection() -> Mapping[str, Chosen]:
    """Return the tests that are run, by bandit's own ids."""
    rows = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {name: _chosen(name, row) for name, row in rows.items()}


def _chosen(name: str, row: Mapping[str, str]) -> Chosen:
    number = row["weakness"].removeprefix("CWE-")
    rule = SourceRule(
        f"bandit/{name}",
        row["title"],
        Severity(row["severity"]),
        Aspect.SECURITY,
        row["weakness"],
        row["why"],
        row["remediation"],
        Engine.BANDIT,
        (Language.PYTHON,),
        (f"https://cwe.mitre.org/data/definitions/{number}.html",),
    )
    only, unless = (re.compile(row[key]) if key in row else None for key in ("only", "unless"))
    reviewed = re.compile(rf"#\s*(?:noqa:[^#]*\bS{name[1:]}\b|ruff:\s*ignore\[)")
    return Chosen(rule, row["says"], only, unless, reviewed)


def run_bandit(tree: SourceTree) -> Looked:
    """Return what bandit finds in a tree, or why it did not look."""
    files = [file for file in tree.shipped if file.language is Language.PYTHON]
    if not files:
        return Looked()
    absent = lacking("bandit")
    if absent is not None:
        return Looked(unrun=(absent,))
    options = ["-q", "-f", "json", "-ii", "-t", ",".join(selection()), "-x", _NOTHING]
    try:
        with copied(files) as home:
            done = run("bandit", [*options, "-r", COPY], home, patience_s=_PATIENCE_S)
        return read_output(done.output, files)
    except (ProgramError, OSError) as error:
        return Looked(unrun=(Unrun("bandit", str(error)),))
    except ValueError:
        said = done.errors.strip().splitlines()
        return Looked(unrun=(Unrun("bandit", f"it ended with {done.code}: {said[-1][:200] if said else 'no word'}"),))


def read_output(output: str, files: Iterable[SourceFile]) -> Looked:
    """Return what bandit's JSON says of the files.

    Raises:
        ValueError: if it is not what bandit writes.
    """
    report = json.loads(output)
    if not isinstance(report, dict) or not isinstance(report.get("results"), list):
        raise ValueError("no results")  # noqa: TRY004 - the text is wrong, whatever its type
    texts = {file.path: file.text for file in files}
    statements = _Statements(texts)
    rows = report["results"][:_MOST_LOOKED_AT]
    findings = tuple(finding for row in rows for finding in _findings(row, texts, statements))
    unrun = tuple(_errors(report.get("errors")))
    return Looked(tuple(chosen.rule for chosen in selection().values()), findings, unrun)


def _findings(row: Any, texts: dict[str, str], statements: "_Statements") -> Iterator[SourceFinding]:
    """Yield the finding of one row of the report, if it is one of ours."""
    if not isinstance(row, dict):
        return
    chosen = selection().get(str(row.get("test_id")))
    path, line, column = path_of(str(row.get("filename"))), row.get("line_number"), row.get("col_offset")
    if chosen is None or path not in texts or not isinstance(line, int):
        return
    if chosen.counts(statements.at(path, line)):
        hit = Hit(line, chosen.says, column + 1 if isinstance(column, int) and column >= 0 else 1)
        yield found_at(chosen.rule, hit, path, texts)


def _errors(rows: Any) -> Iterator[Unrun]:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield Unrun(f"bandit on {path_of(str(row.get('filename')))}", str(row.get("reason"))[:200])


class _Statements:
    """The text of the simple statement, or of the head of the compound one, around a line."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._spans: dict[str, list[tuple[int, int]]] = {}

    def at(self, path: str, line: int) -> str:
        if path not in self._spans:
            self._spans[path] = list(_spans(self._texts[path]))
        around = [span for span in self._spans[path] if span[0] <= line <= span[1]]
        first, last = min(around, key=lambda span: span[1] - span[0], default=(line, line))
        return "\n".join(self._texts[path].split("\n")[first - 1 : last])


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the first and the last line of every statement without a body."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node.lineno, node.end_lineno or node.lineno
