"""Applies the declared rules to the files of a tree; what cannot be parsed is said, and costs nothing else."""

import traceback
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final, TypeAlias

from ..model import Language, Place, SourceFinding, SourceRule, Step, Unrun
from .credentials import strike_out
from .looked import Looked
from .python.module import PythonModule
from .rules import Hit, Reads, Rule
from .tree import SourceFile, SourceTree

Tell: TypeAlias = Callable[[str], None]
"""Is told what is being looked at."""
_LONGEST_LINE: Final = 160
_MOST_HITS: Final = 200
"""Of one rule in one file, or in all manifests; more of the same say nothing new."""


def apply_rules(tree: SourceTree, rules: Sequence[Rule], tell: Tell) -> Looked:
    """Return what the rules found in the files that users run, and in the tree as a whole."""
    findings: list[SourceFinding] = []
    unrun = [Unrun(path, why) for path, why in tree.unread]
    looked: dict[str, SourceRule] = {}
    for count, file in enumerate(tree.shipped, start=1):
        tell(f"{count} of {len(tree.shipped)} {file.path}")
        reads = Reads.PYTHON if file.language is Language.PYTHON else Reads.SCRIPT
        chosen = [rule for rule in rules if rule.reads is reads]
        parsed = _parsed(file) if chosen else None
        if isinstance(parsed, Unrun):
            unrun.append(parsed)
        elif parsed is not None:
            looked |= {rule.about.id: rule.about for rule in chosen}
            for rule in chosen:
                _inspect(rule, parsed, file.path, {file.path: file.text}, findings, unrun)
    texts = {file.path: file.text for file in tree.sources}
    for rule in (rule for rule in rules if rule.reads is Reads.TREE):
        looked[rule.about.id] = rule.about
        _inspect(rule, tree, "", texts, findings, unrun)
    return Looked(tuple(looked.values()), tuple(findings), tuple(unrun))


def _parsed(file: SourceFile) -> Any:
    """Return the module that rules read, or why there is none."""
    try:
        if file.language is Language.PYTHON:
            return PythonModule.parse(file.path, file.text)
        from .script.module import ScriptModule  # noqa: PLC0415 - the grammar belongs to an extra

        return ScriptModule.parse(file.path, file.text)
    except SyntaxError as error:
        return Unrun(file.path, f"it is no Python that this interpreter can parse: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Unrun(file.path, f"it cannot be parsed: {type(error).__name__}")
    except ImportError:
        return Unrun(file.path, "TypeScript and JavaScript need an extra: pip install 'mcp-audit[source]'")


def _inspect(
    rule: Rule,
    subject: Any,
    path: str,
    texts: dict[str, str],
    findings: list[SourceFinding],
    unrun: list[Unrun],
) -> None:
    """Add what one rule finds, or that it raised."""
    hits = hits_of(rule, subject, f"{rule.about.id} on {path or 'the tree'}")
    if isinstance(hits, Unrun):
        unrun.append(hits)
    else:
        findings.extend(found_at(rule.about, hit, hit.path or path, texts) for hit in hits)


def hits_of(rule: Rule, subject: Any, what: str) -> list[Hit] | Unrun:
    """Return the first hits of a rule, or that it raised on `what`: that is our bug, and costs only itself."""
    try:
        return list(islice(rule.inspect(subject), _MOST_HITS))
    except Exception as error:  # noqa: BLE001 - hostile sources must not end the scan
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"error of the harness: {type(error).__name__}: {error} ({where.name}:{where.lineno})"
        return Unrun(what, said)


def found_at(rule: SourceRule, hit: Hit, path: str, texts: dict[str, str]) -> SourceFinding:
    """Return a hit as a finding, with the text of its line."""
    lines = texts.get(path, "").split("\n")

    def place(line: int, column: int, end_line: int = 0) -> Place:
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return Place(path, line, column, end_line, strike_out(text)[:_LONGEST_LINE])

    trail = tuple(Step(place(mark.line, mark.column), mark.note) for mark in hit.trail)
    where = place(hit.line, hit.column, hit.end_line)
    return SourceFinding(rule.id, where, hit.severity or rule.severity, hit.message, hit.subject, trail)
