"""The matrix says of every duty and every feature what became of it, and of revisions why nothing is said."""

from dataclasses import dataclass

from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.declare import feature, scenario
from mcp_audit_harness.engine.judge import judge
from mcp_audit_harness.engine.matrix import NOT_AUDITED, NOT_OFFERED, matrix_of
from mcp_audit_harness.engine.saved import Record, Run
from mcp_audit_harness.engine.score import overall_of
from mcp_audit_harness.model import (
    Category,
    Citation,
    Exposure,
    FeatureResult,
    Finding,
    Implementation,
    Level,
    Offer,
    Presence,
    Priority,
    Requirement,
    Result,
    Revision,
    RevisionScore,
    Severity,
    Sighting,
    Status,
    Survey,
    ToolInfo,
    Transport,
    Verdict,
    not_applicable,
    not_observed,
    unseen,
)
from mcp_audit_harness.policy import Options
from mcp_audit_harness.probe import Probe

OLD, NEW = Revision.V2025_06_18, Revision.V2025_11_25
ROW = Requirement(
    "tools/named",
    "Tools have names.",
    tuple(Citation(revision, Level.MUST, f"specification/{revision}/server/tools") for revision in (OLD, NEW)),
    needs="a tool",
)


@dataclass(frozen=True, slots=True)
class Facts:
    icons: int


@scenario()
async def listing(probe: Probe) -> Facts:
    return Facts(len(probe.offer.tools))


@feature(
    listing,
    id="tools/icons",
    title="Icons of tools",
    since="2025-11-25",
    page="server/tools",
    priority=Priority.LOW,
    remediation="Give tools icons.",
)
def icons(seen: Facts) -> Sighting:
    """Pictures are found faster than words."""
    return unseen(f"{seen.icons} tools")


CATALOGUE = Catalogue((), (ROW,), (icons,))


def result(revision: Revision, status: Status, severity: Severity = Severity.LOW) -> Result:
    return Result(
        "tools/nameless",
        "",
        revision,
        status,
        severity,
        Level.MUST,
        Category.CONFORMANCE,
        "tools",
        (ROW.id,),
        message=status.value,
    )


def sighting(presence: Presence) -> FeatureResult:
    return FeatureResult(
        icons.id, "", "", "tools", NEW, NEW, presence, icons.priority, icons.effort, "", "", note=presence.value
    )


def test_a_revision_that_is_offered_and_was_not_audited_is_not_observed() -> None:
    rows = {row.revision: row for row in matrix_of([result(OLD, Status.PASS)], [], CATALOGUE, {OLD, NEW})}
    assert rows[OLD].implementation is Implementation.IMPLEMENTED
    assert (rows[NEW].implementation, rows[NEW].note) == (Implementation.NOT_OBSERVED, NOT_AUDITED)


def test_a_revision_that_is_not_offered_fails_nothing() -> None:
    rows = {row.revision: row for row in matrix_of([result(OLD, Status.PASS)], [], CATALOGUE, {OLD})}
    assert (rows[NEW].implementation, rows[NEW].note) == (Implementation.NOT_OFFERED, NOT_OFFERED)
    assert rows[NEW].status is Status.NOT_APPLICABLE


def test_where_nothing_was_audited_there_is_no_matrix() -> None:
    assert matrix_of([], [], CATALOGUE, {OLD}) == ()


def test_the_gravest_of_several_violations_is_the_gap() -> None:
    failing = [result(NEW, Status.FAIL), result(NEW, Status.FAIL, Severity.HIGH), result(NEW, Status.PASS)]
    duty = next(row for row in matrix_of(failing, [], CATALOGUE, {NEW}) if row.revision is NEW)
    assert (duty.implementation, duty.gap, duty.effort) == (Implementation.VIOLATED, "high", "small")


def test_what_a_duty_needs_is_said_where_it_was_not_observed() -> None:
    rows = matrix_of([result(NEW, Status.NOT_OBSERVED)], [], CATALOGUE, {NEW})
    assert next(row for row in rows if row.requirement == ROW.id and row.revision is NEW).needs == "a tool"


def test_of_several_sightings_of_a_feature_the_best_counts() -> None:
    rows = matrix_of([], [sighting(Presence.UNSEEN), sighting(Presence.PARTIAL)], CATALOGUE, {NEW})
    found = next(row for row in rows if row.requirement == icons.id and row.revision is NEW)
    assert (found.implementation, found.gap, found.since) == (Implementation.PARTIAL, "low", "2025-11-25")


def _run(verdict: Verdict) -> Run:
    survey = Survey(Transport.HTTP, "http://127.0.0.1/mcp", Exposure.LOCAL, (Offer(NEW, {}, {}),))
    record = Record(listing.name, NEW, 1.0, verdict=verdict)
    return Run(ToolInfo("mcp-audit", "0"), "http", "", "", 1.0, True, 0, survey, (record,))


def test_a_feature_of_a_capability_that_is_not_declared_is_not_offered() -> None:
    report = judge(_run(not_applicable("the server does not declare tools")), CATALOGUE, Options())
    assert report.features[0].presence is Presence.NOT_OFFERED
    row = next(row for row in report.matrix if row.requirement == icons.id and row.revision is NEW)
    assert (row.implementation, row.note) == (Implementation.NOT_OFFERED, "the server does not declare tools")


def test_a_feature_that_nobody_could_look_for_is_unseen() -> None:
    report = judge(_run(not_observed("no tool may be called")), CATALOGUE, Options())
    assert report.features[0].presence is Presence.UNSEEN


def test_many_small_findings_take_off_no_more_than_the_formula_says() -> None:
    finding = Finding(
        "F001",
        "tools/nameless",
        (NEW,),
        Severity.LOW,
        Level.MUST,
        Category.CONFORMANCE,
        *("",) * 5,
        (),
        (),
        "",
        "",
    )
    figure = overall_of([RevisionScore(NEW, 9, 10, 0, 0, 95.0), RevisionScore(OLD, 0, 0, 0, 0, 0.0)], [finding] * 40)
    assert figure is not None
    assert (figure.score, figure.grade) == (85, "B")
    assert "at most 10 together" in figure.formula


def test_where_no_duty_was_observed_there_is_no_score() -> None:
    assert overall_of([RevisionScore(NEW, 0, 0, 0, 0, 0.0)], []) is None
