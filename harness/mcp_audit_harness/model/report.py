"""The whole run, serialisable: the only thing that a renderer sees."""

from dataclasses import dataclass

from .exchange import Exchange
from .requirement import Requirement
from .spec import Level, Revision
from .survey import Survey
from .verdict import Category, Severity, Status


@dataclass(frozen=True, slots=True)
class Result:
    """One verdict: a check at a revision, on one subject."""

    check: str
    title: str
    revision: Revision
    status: Status
    severity: Severity
    level: Level
    category: Category
    area: str
    requirements: tuple[str, ...]
    subject: str = ""
    message: str = ""
    """For FAIL what the target did; otherwise the reason."""
    blame: str = ""
    evidence: tuple[str, ...] = ()
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reader must act on: the FAILs of one check on one subject over all revisions."""

    id: str
    check: str
    revisions: tuple[Revision, ...]
    severity: Severity
    level: Level
    category: Category
    title: str
    subject: str
    message: str
    remediation: str
    explanation: str
    """Why it matters: the check's docstring."""
    docs: tuple[str, ...]
    """Addresses of the sentences that are broken."""
    evidence: tuple[str, ...]
    reproduce: str
    """A `curl` command, or the lines to type to a stdio server."""
    fingerprint: str
    """Stable over runs: of check and subject."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One duty at one revision, and what became of it."""

    area: str
    feature: str
    """The duty in one sentence."""
    requirement: str
    level: Level
    revision: Revision
    status: Status
    gap: str
    """none, low, medium, high or critical."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RevisionScore:
    """How many of the observed duties hold at one revision."""

    revision: Revision
    must_pass: int
    must_total: int
    should_pass: int
    should_total: int
    compliance_percent: float
    """Of the observed MUST and SHOULD duties, MUST counted twice; 0 when none was observed."""


@dataclass(frozen=True, slots=True)
class OverallScore:
    """One figure for the whole run, with the formula that gives it."""

    score: int
    grade: str
    formula: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a revision's server-side duties the catalogue looks at."""

    revision: Revision
    requirements: int
    checked: int
    not_observable: int
    excluded: int


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """The program that made the report."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a run found."""

    tool: ToolInfo
    survey: Survey | None
    """None when the target could not be audited."""
    target_kind: str
    target_label: str
    started_at: str
    """RFC 3339, UTC."""
    duration_s: float
    complete: bool
    """False when the run was interrupted or its budget ran out."""
    seed: int
    results: tuple[Result, ...] = ()
    findings: tuple[Finding, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    matrix: tuple[MatrixRow, ...] = ()
    scores: tuple[RevisionScore, ...] = ()
    overall: OverallScore | None = None
    coverage: tuple[Coverage, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    """The duties that the matrix names."""
    failure: str = ""
    """Why the target could not be audited, with the next step to take; empty otherwise."""
    notes: tuple[str, ...] = ()
    """What the reader should know: what lack of consent switched off, what was cut short."""
