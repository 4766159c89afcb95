"""The shape of the part of report.json about a source tree."""

from typing import Literal

from mcp_audit_harness.model import Aspect, Engine, Language, Severity
from msgspec import Struct


class Place(Struct, frozen=True):
    """Lines of a file; `path` is below the root of the tree, lines and columns count from 1.

    `end_line` is 0 where it is the same line. `text` is the first line, cut where it is long.
    """

    path: str
    line: int
    column: int
    end_line: int
    text: str


class Step(Struct, frozen=True):
    """One stop on the way of a value from a client to the defect."""

    place: Place
    note: str


class Sdk(Struct, frozen=True):
    """An MCP SDK that the tree is built on: what is asked for, and what a lock file resolves it to."""

    name: str
    ecosystem: str
    requirement: str
    resolved: str


class RuleResult(Struct, frozen=True):
    """What became of one rule: a row of the source part of the compliance matrix.

    `weakness` is a CWE number or empty. `noted` is what is only worth knowing; it violates nothing.
    """

    rule: str
    title: str
    aspect: Aspect
    engine: Engine
    weakness: str
    status: Literal["holds", "noted", "violated"]
    gap: str
    findings: int
    why: str
    remediation: str


class SourceFinding(Struct, frozen=True):
    """A defect at a place; `subject` is the tool, the package or the file that it belongs to, where that is known."""

    rule: str
    severity: Severity
    place: Place
    message: str
    subject: str
    trail: tuple[Step, ...]
    fingerprint: str


class AspectScore(Struct, frozen=True):
    """How many of the rules about one aspect hold."""

    aspect: Aspect
    held: int
    rules: int
    findings: int


class Unrun(Struct, frozen=True):
    """What was to look at the tree, or at a file of it, and did not."""

    what: str
    why: str


class Source(Struct, frozen=True):
    """What was found in a source tree.

    `findings_by_rule` counts all findings of a rule. Those that speak of the same weakness as a check that failed are
    part of that check's finding (`findings[].places`), the others are findings themselves. `type_completeness`,
    `coverage_percent` are percents, null where they could not be measured, as is `mypy_errors`. `percent` is the share
    in the score.
    """

    root: str
    name: str
    version: str
    languages: tuple[Language, ...]
    files: int
    lines: int
    test_files: int
    test_kinds: tuple[str, ...]
    sdks: tuple[Sdk, ...]
    transports: tuple[str, ...]
    entry_points: tuple[str, ...]
    functions: int
    typed_functions: int
    type_completeness: float | None
    any_count: int
    mypy_errors: int | None
    coverage_percent: float | None
    findings_by_rule: dict[str, int]
    findings: tuple[SourceFinding, ...]
    matrix: tuple[RuleResult, ...]
    aspects: tuple[AspectScore, ...]
    percent: float
    unrun: tuple[Unrun, ...]
    duration_s: float
