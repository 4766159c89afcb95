"""The shape of report.json, version 1: a promise to other programs, kept apart from the model.

It only grows: members are added, never renamed, retyped or taken away; anything else is version 2. The names of the
fields are the names on the wire, the docstrings are the descriptions in the published JSON Schema. A member that is
added to what was once published may be absent, so that older reports stay valid; this program writes it.
"""

from typing import Annotated, Any, Literal

from mcp_audit_harness.model import (
    Category,
    Effort,
    Exposure,
    Implementation,
    Level,
    Outcome,
    Presence,
    Priority,
    Relation,
    Revision,
    RowKind,
    Severity,
    Status,
    Transport,
)
from msgspec import UNSET, Meta, Struct, UnsetType, field

from ..areas import Standing
from .load_shape import Load
from .source_shape import Place, Source, Step

Count = Annotated[int, Meta(ge=0)]
Milliseconds = Annotated[float, Meta(ge=0, description="Milliseconds.")]
Gap = Annotated[str, Meta(extra_json_schema={"enum": ["none", "low", "medium", "high", "critical"]})]
Urgency = Annotated[str, Meta(extra_json_schema={"enum": ["P0", "P1", "P2"]})]
When = Annotated[str, Meta(extra_json_schema={"enum": ["now", "soon", "optional"]})]
Blame = Annotated[str, Meta(extra_json_schema={"enum": ["", "target", "network", "harness"]})]
JsonObject = dict[str, Any]


class Tool(Struct, frozen=True):
    """The program that wrote the report."""

    name: str
    version: str


class Target(Struct, frozen=True):
    """What was audited; transport and exposure are null when it could not be audited."""

    kind: str
    label: str
    transport: Transport | None
    exposure: Exposure | None


class Auth(Struct, frozen=True):
    """What the target demands of a caller without credentials."""

    required: bool
    scheme: str


class Survey(Struct, frozen=True):
    """What the target offers, in its own words.

    `server_info` and `instructions` are those of the newest revision offered. Each list holds what is listed there,
    then what only older revisions list.
    """

    server_info: JsonObject
    revisions_offered: tuple[Revision, ...]
    capabilities: dict[Revision, JsonObject]
    instructions: str
    tools: tuple[JsonObject, ...]
    resources: tuple[JsonObject, ...]
    resource_templates: tuple[JsonObject, ...]
    prompts: tuple[JsonObject, ...]
    auth: Auth
    notes: tuple[str, ...]


class Result(Struct, frozen=True):
    """One verdict of one check at one revision, on one subject.

    `message` says what the target did (pass, fail); `reason` why nothing is said about it (all other statuses).
    `blame` is empty unless the status is error. `evidence` holds ids of exchanges.
    """

    check: str
    title: str
    revision: Revision
    status: Status
    reason: str
    severity: Severity
    level: Level
    category: Category
    area: str
    requirements: tuple[str, ...]
    subject: str
    message: str
    blame: Blame
    evidence: tuple[str, ...]
    duration_ms: Milliseconds


class NamedAdvisory(Struct, frozen=True):
    """A published advisory on the weakness of a finding.

    `relation` is confirmed where the target says that it is an affected version and behaves as the advisory says,
    possible where only one of the two is known, related where the same weakness was published of other software.
    `reason` says which, `affected` and `fixed` are versions of `package`, empty where no source states them.
    """

    id: str
    aliases: tuple[str, ...]
    package: str
    affected: str
    fixed: str
    relation: Relation
    reason: str
    url: str


class Finding(Struct, frozen=True):
    """What a reader must act on: the failures of one check on one subject over all revisions.

    `id` numbers the findings of this report; `fingerprint` is stable over runs. `docs` are addresses, `evidence` ids
    of exchanges. `reproduce` is shell text, empty where there is none; credentials in it are to be filled in.
    `priority` follows from severity and level by `summary.priority_rule`, `when` from the priority. `effort` is how
    much work the remedy usually is. `advisories` are those on the same weakness, the certain ones first. `places` are
    lines of source, `trail` is the way of a client's value to the first of them, `rules` are the rules that found them
    where `check` is a check of the running server. A finding in the source alone has no revisions and no evidence.
    """

    id: str
    check: str
    revisions: tuple[Revision, ...]
    severity: Severity
    level: Level
    category: Category
    title: str
    subject: str
    message: str
    explanation: str
    remediation: str
    docs: tuple[str, ...]
    evidence: tuple[str, ...]
    reproduce: str
    fingerprint: str
    priority: Urgency | UnsetType = UNSET
    effort: Effort | UnsetType = UNSET
    when: When | UnsetType = UNSET
    advisories: tuple[NamedAdvisory, ...] | UnsetType = UNSET
    places: tuple[Place, ...] | UnsetType = UNSET
    trail: tuple[Step, ...] | UnsetType = UNSET
    rules: tuple[str, ...] | UnsetType = UNSET


class Accepted(Struct, frozen=True):
    """A finding that the operator's baseline accepts, at the revisions that it has here.

    `expires` is the last day, as YYYY-MM-DD; empty where there is none.
    """

    finding: Finding
    reason: str
    expires: str


class Header(Struct, frozen=True):
    """One HTTP header field; values of credentials are replaced."""

    name: str
    value: str


class Request(Struct, frozen=True):
    """What the harness sent.

    `verb` is the HTTP method, LINE for a line on stdin, BYTES for bytes on a raw connection. `method` and `rpc_id`
    are those of the JSON-RPC message, null if the body is none.
    """

    verb: str
    path: str
    headers: tuple[Header, ...]
    body: str
    method: str | None
    rpc_id: str | int | None


class Event(Struct, frozen=True):
    """One server-sent event."""

    event: str
    data: str
    id: str | None
    retry: int | None


class Violation(Struct, frozen=True):
    """Where a message of the target breaks the schema of its revision."""

    definition: str
    path: str
    message: str


class Response(Struct, frozen=True):
    """What came back, in order of arrival; texts are bounded.

    `messages` are the JSON values in it, those left out for their size counted in `messages_omitted`. `strays` are
    lines or events that hold no JSON.
    """

    headers: tuple[Header, ...]
    body: str
    messages: tuple[Any, ...]
    messages_omitted: Count
    events: tuple[Event, ...]
    strays: tuple[str, ...]
    violations: tuple[Violation, ...]


class Exchange(Struct, frozen=True):
    """One request and all that came back for it. `status` is the HTTP status, null where there was none."""

    id: str
    scenario: str
    revision: str
    transport: Transport
    request: Request
    outcome: Outcome
    status: int | None
    response: Response
    elapsed_ms: Milliseconds
    note: str


class OfficialVerdict(Struct, frozen=True):
    """What the official conformance suite says: its word, beside the status, which it never changes."""

    id: str
    status: str


class MatrixRow(Struct, frozen=True):
    """One duty, or one feature, at one revision, and what became of it.

    `requirement` is the id of the duty or feature, `feature` says it in words. `implementation` tells apart what
    `status` cannot: a feature that is there in part, or missing. `gap` is, of a violated duty, the severity, of a
    feature that is not there, its priority. Members that would be empty are left out: `needs` says what to grant or
    to offer so that a row can be observed, `effort` how much work closing the gap is, `since` which revision brought
    a feature, `official` what the official suite says, where its results were imported.
    """

    area: str
    feature: str
    requirement: str
    level: Level
    revision: Revision
    status: Status
    gap: Gap
    note: str
    kind: RowKind | UnsetType = UNSET
    implementation: Implementation | UnsetType = UNSET
    spec: str | UnsetType = UNSET
    needs: str | UnsetType = UNSET
    effort: str | UnsetType = UNSET
    since: str | UnsetType = UNSET
    official: tuple[OfficialVerdict, ...] | UnsetType = UNSET


class RevisionScore(Struct, frozen=True):
    """How many of the duties observed at one revision hold."""

    must_pass: Count
    must_total: Count
    should_pass: Count
    should_total: Count
    compliance_percent: Annotated[float, Meta(ge=0, le=100)]


class OverallScore(Struct, frozen=True):
    """One figure for the whole run, with the formula that gives it."""

    score: int
    grade: str
    formula: str


class Scores(Struct, frozen=True):
    """A score for each revision audited, and one for the run; null when nothing was judged."""

    overall: OverallScore | None
    v2024_11_05: RevisionScore | UnsetType = field(name="2024-11-05", default=UNSET)
    v2025_03_26: RevisionScore | UnsetType = field(name="2025-03-26", default=UNSET)
    v2025_06_18: RevisionScore | UnsetType = field(name="2025-06-18", default=UNSET)
    v2025_11_25: RevisionScore | UnsetType = field(name="2025-11-25", default=UNSET)
    v2026_07_28: RevisionScore | UnsetType = field(name="2026-07-28", default=UNSET)


class Coverage(Struct, frozen=True):
    """How much of a revision's server-side duties the checks look at."""

    requirements: Count
    checked: Count
    not_observable: Count
    excluded: Count


class Feature(Struct, frozen=True):
    """What was seen of one feature of the specification at one revision; its absence breaks no duty.

    `since` is the revision that brought it, `spec` the address of its section. `requirements` are the permissions that
    it makes use of, `evidence` ids of exchanges.
    """

    feature: str
    title: str
    area: str
    since: Revision
    revision: Revision
    presence: Presence
    priority: Priority
    effort: Effort
    spec: str
    remediation: str
    requirements: tuple[str, ...]
    note: str
    evidence: tuple[str, ...]


class FeatureGap(Struct, frozen=True):
    """A feature that the server lacks, or has in part only, by `summary.gap_rule`.

    `revision` is the one that brought it; `offered_revision` the one at which it was looked for, null where the server
    offers none that has it. `gap` is one sentence.
    """

    revision: Revision
    feature: str
    title: str
    spec: str
    gap: str
    priority: Priority
    effort: Effort
    presence: Presence
    offered_revision: Revision | None


class Summary(Struct, frozen=True):
    """The report in a few sentences. Score and grade are null when nothing was judged."""

    verdict: str
    score: int | None
    grade: str | None
    formula: str
    good: tuple[str, ...]
    critical: tuple[str, ...]
    priority_rule: str
    gap_rule: str


class Area(Struct, frozen=True):
    """What became of the duties of one area, each counted once over all revisions audited.

    `must_total` and `should_total` count observed duties, those without a key word of their own as MUST. A duty that
    is violated at one revision is violated. `violated` holds ids; `not_observed` counts the duties that a check could
    look at and of which nothing can be said.
    """

    area: str
    must_pass: Count
    must_total: Count
    should_pass: Count
    should_total: Count
    status: Standing
    violated: tuple[str, ...]
    not_observed: Count


class Unobserved(Struct, frozen=True):
    """What could not be observed for one reason. `grant` names options that would allow it, empty where none would.

    `count` counts verdicts, duties and features; `subjects` holds the ids of the checks, duties and features.
    """

    grant: str
    reason: str
    count: Count
    subjects: tuple[str, ...]


class Disagreement(Struct, frozen=True):
    """Where the official suite and this report say opposite things of a row of the matrix.

    `explanation` is the sentence that explains it, empty where none is known; `evidence` holds ids of exchanges.
    """

    revision: Revision
    official: str
    official_status: str
    official_message: str
    requirement: str
    implementation: Implementation
    note: str
    evidence: tuple[str, ...]
    explanation: str


class Unmapped(Struct, frozen=True):
    """A check of the official suite that belongs to no row of the matrix."""

    id: str
    status: str
    reason: str


class Official(Struct, frozen=True):
    """The results of the official conformance suite beside this report.

    `checks` counts its verdicts, `mapped` those that belong to rows of the matrix, `compared` the pairs of a verdict
    and a row on which both say something.
    """

    checks: Count
    mapped: Count
    compared: Count
    disagreements: tuple[Disagreement, ...]
    unmapped: tuple[Unmapped, ...]


class FuzzFailure(Struct, frozen=True):
    """The smallest input that shows a flaw.

    `check` is the oracle; `minimal` a call (`method`, `params`), bytes (`bytes`, base64) or a conversation (`steps`).
    `evidence` holds ids of the exchanges in which it was played again, in order; `reproduced` says whether it showed
    then. `reproduce` is shell text, `finding` the id of the finding; either is empty where there is none.
    """

    check: str
    subject: str
    revision: Revision
    cause: str
    message: str
    minimal: Any
    evidence: tuple[str, ...]
    reproduced: bool
    first_after: Count
    reproduce: str
    finding: str


class FuzzCoverage(Struct, frozen=True):
    """How much of one schema the cases made use of.

    `valid` and `invalid` count the cases that fit it and those that do not; `covered` and `coverable` places in it.
    `trouble` says why there are no cases, or not all.
    """

    subject: str
    revision: Revision
    cases: Count
    valid: Count
    invalid: Count
    covered: Count
    coverable: Count
    trouble: str


class Fuzz(Struct, frozen=True):
    """What generated requests showed. The same seed gives the same cases."""

    cases: Count
    cases_per_s: Annotated[float, Meta(ge=0)]
    seed: int
    failures: tuple[FuzzFailure, ...]
    schema_coverage: tuple[FuzzCoverage, ...]


class ReportV1(Struct, frozen=True):
    """A report of mcp-audit.

    `survey` is null when the target could not be audited; `failure` then says why. `started_at` is an RFC 3339 time
    in UTC. `complete` is false when the run was interrupted or its budget ran out. `official` is there only where
    results of the official suite were imported, `fuzz` only where requests were generated, `load` only where load was:
    the run at the newest revision. `loads` holds the runs at all revisions, newest first, where there are several.
    `source` is there only where a source tree was scanned; if that was all, `survey` is null and `failure` empty.
    `accepted` holds what a baseline accepts, which is not among the findings, `stale` a sentence for each entry of it
    that fits nothing any more; they are there only where there are such.
    """

    schema_version: Literal["1"]
    tool: Tool
    target: Target
    started_at: str
    duration_s: Annotated[float, Meta(ge=0, description="Seconds.")]
    complete: bool
    seed: int
    failure: str
    notes: tuple[str, ...]
    survey: Survey | None
    results: tuple[Result, ...]
    findings: tuple[Finding, ...]
    exchanges: tuple[Exchange, ...]
    matrix: tuple[MatrixRow, ...]
    scores: Scores
    coverage: dict[Revision, Coverage]
    features: tuple[Feature, ...] | UnsetType = UNSET
    gaps: tuple[FeatureGap, ...] | UnsetType = UNSET
    summary: Summary | UnsetType = UNSET
    areas: tuple[Area, ...] | UnsetType = UNSET
    unobserved: tuple[Unobserved, ...] | UnsetType = UNSET
    official: Official | UnsetType = UNSET
    fuzz: Fuzz | UnsetType = UNSET
    load: Load | UnsetType = UNSET
    loads: tuple[Load, ...] | UnsetType = UNSET
    source: Source | UnsetType = UNSET
    accepted: tuple[Accepted, ...] | UnsetType = UNSET
    stale: tuple[str, ...] | UnsetType = UNSET
