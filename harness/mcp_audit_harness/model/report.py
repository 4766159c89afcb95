"""The whole run, serialisable: the only thing that a renderer sees."""

import enum
from dataclasses import dataclass

from .advisory import NamedAdvisory
from .exchange import Exchange
from .feature import Effort, Presence, Priority
from .fuzzing import Fuzzing
from .loading import LoadRun
from .requirement import Requirement
from .source import Place, SourceScan, SourceScore, Step
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
    effort: Effort = Effort.SMALL


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
    effort: Effort = Effort.SMALL
    """How much work the remedy usually is."""
    advisories: tuple[NamedAdvisory, ...] = ()
    """Published advisories on the same weakness, those that are certain first."""
    places: tuple[Place, ...] = ()
    """Where in the source it is: the gravest first."""
    trail: tuple[Step, ...] = ()
    """How a value of a client's comes to the first of the places."""
    rules: tuple[str, ...] = ()
    """The rules over sources that found those places, where a check found the defect in the running server, too."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding, or its part at some revisions, that the operator's baseline accepts."""

    finding: Finding
    reason: str
    expires: str = ""
    """The last day on which it is accepted, as YYYY-MM-DD; empty: always."""


class RowKind(enum.StrEnum):
    """What a row of the matrix is about."""

    DUTY = "duty"
    FEATURE = "feature"


class Implementation(enum.StrEnum):
    """What a server makes of a duty or a feature."""

    IMPLEMENTED = "implemented"
    PARTIAL = "partial"
    VIOLATED = "violated"
    MISSING = "missing"
    """Looked for and not there; breaks nothing."""
    NOT_APPLICABLE = "not applicable"
    """There is nothing of the kind that a duty is about, the note says of what."""
    NOT_OFFERED = "not offered"
    """The revision is not offered, or the capability that a feature belongs to."""
    NOT_OBSERVED = "not observed"
    EXCLUDED = "excluded"
    """No check looks at it, for a reason that the catalogue gives."""


@dataclass(frozen=True, slots=True)
class FeatureResult:
    """What was seen of one feature at one revision."""

    feature: str
    title: str
    explanation: str
    """Why clients want it."""
    area: str
    since: Revision
    """The revision that brought it."""
    revision: Revision
    presence: Presence
    priority: Priority
    effort: Effort
    spec: str
    """Address of the section."""
    remediation: str
    requirements: tuple[str, ...] = ()
    """The permissions that it makes use of."""
    note: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfficialVerdict:
    """What the official conformance suite says about a duty or a feature: its word, never a verdict of ours."""

    id: str
    """The suite's id of its check."""
    status: str
    """SUCCESS, FAILURE, WARNING, SKIPPED or INFO; of several the gravest."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the official suite and this report say opposite things of the same duty at the same revision."""

    revision: Revision
    official: str
    """The suite's id of its check."""
    official_status: str
    official_message: str
    """Its evidence in its own words."""
    requirement: str
    """Id of the matrix row."""
    implementation: Implementation
    note: str
    """What this report saw."""
    evidence: tuple[str, ...] = ()
    """Ids of exchanges."""
    explanation: str = ""
    """The sentence that explains it, where one is known."""


@dataclass(frozen=True, slots=True)
class UnmappedCheck:
    """A check of the official suite that belongs to no row of the matrix."""

    id: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Official:
    """The results of the official conformance suite beside those of this report."""

    checks: int
    """Verdicts that were read, each check once for each revision."""
    mapped: int
    """Those of them that belong to rows of the matrix."""
    compared: int
    """Pairs of a verdict of the suite and a row on which both say something."""
    disagreements: tuple[Disagreement, ...] = ()
    unmapped: tuple[UnmappedCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One duty of servers, or one feature, at one revision, and what became of it."""

    area: str
    feature: str
    """The duty in one sentence; of a feature its title."""
    requirement: str
    """Id of the duty's row, or of the feature."""
    level: Level
    revision: Revision
    status: Status
    gap: str
    """none, low, medium, high or critical: of a violated duty the severity, of a missing feature its priority."""
    note: str = ""
    kind: RowKind = RowKind.DUTY
    implementation: Implementation = Implementation.NOT_OBSERVED
    spec: str = ""
    """Address of the section."""
    needs: str = ""
    """What to grant, or to offer, so that it can be observed."""
    effort: str = ""
    """small, medium or large, where there is a gap."""
    since: str = ""
    """Of a feature: the revision that brought it."""
    official: tuple[OfficialVerdict, ...] = ()
    """What the official suite says of it, where its results were imported."""


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
    features: tuple[FeatureResult, ...] = ()
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
    official: Official | None = None
    """None unless results of the official suite were imported."""
    fuzzing: Fuzzing | None = None
    """None unless a scenario generated its requests."""
    loads: tuple[tuple[Revision, LoadRun], ...] = ()
    """What the target did under load, newest revision last; empty unless the load scenario ran."""
    source: SourceScan | None = None
    """None unless a source tree was scanned."""
    source_score: SourceScore | None = None
    accepted: tuple[Accepted, ...] = ()
    """What the baseline accepts; these are not among the findings."""
    stale: tuple[str, ...] = ()
    """Entries of the baseline that accept nothing that is there, a sentence each: they fail the run."""
