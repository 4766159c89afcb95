"""The rules of the analysis, each by rows made by hand."""

from dataclasses import replace

import pytest
from mcp_audit_harness.model import Implementation, Level, MatrixRow, Priority, Revision, RowKind, Severity, Status
from mcp_audit_reports.areas import Standing, areas_of
from mcp_audit_reports.gaps import Looked, gaps_of, unseen_features
from mcp_audit_reports.unobserved import grants, unobserved_of
from mcp_audit_reports.urgency import Urgency, in_order, urgency

from tests.unit.reports.samples import CLEAN, FINDINGS, RICH, featured

Y24, Y25, Y25B, Y25C, Y26 = Revision
EVERY = frozenset(Revision)


def icons(revision: Revision, implementation: Implementation, note: str = "seen") -> MatrixRow:
    return featured("tools/icons", "Icons", revision, implementation, note, since=Y25C)


def looked(*offered: Revision) -> Looked:
    return Looked(frozenset(offered), frozenset(offered))


@pytest.mark.parametrize(
    ("implementation", "presence", "priority"),
    [
        (Implementation.MISSING, "missing", Priority.HIGH),
        (Implementation.PARTIAL, "partial", Priority.MEDIUM),
        (Implementation.NOT_OFFERED, "not offered", Priority.LOW),
    ],
)
def test_what_is_there_in_part_matters_less_than_what_is_missing_and_what_belongs_to_something_else_least(
    implementation: Implementation, presence: str, priority: Priority
) -> None:
    (gap,) = gaps_of([icons(Y25C, implementation)], looked(Y25C))
    assert (gap.presence, gap.priority, gap.looked_at, gap.revision) == (presence, priority, Y25C, Y25C)


def test_the_lowest_priority_gets_no_lower() -> None:
    row = featured("tools/icons", "Icons", Y25C, Implementation.PARTIAL, priority=Priority.LOW, since=Y25C)
    assert gaps_of([row], looked(Y25C))[0].priority is Priority.LOW


def test_what_is_implemented_or_was_not_seen_is_no_gap() -> None:
    there, unseen = icons(Y25C, Implementation.IMPLEMENTED), icons(Y25C, Implementation.NOT_OBSERVED)
    assert gaps_of([there], looked(Y25C)) == gaps_of([unseen], looked(Y25C)) == ()
    assert unseen_features([there], looked(Y25C)) == ()
    assert unseen_features([unseen], looked(Y25C)) == (unseen,)


def test_the_newest_revision_at_which_something_was_seen_decides() -> None:
    rows = [icons(Y25C, Implementation.MISSING), icons(Y26, Implementation.IMPLEMENTED)]
    assert gaps_of(rows, looked(Y25C, Y26)) == ()
    rows = [icons(Y25C, Implementation.MISSING), icons(Y26, Implementation.NOT_OBSERVED)]
    assert gaps_of(rows, looked(Y25C, Y26))[0].looked_at is Y25C


def test_what_does_not_apply_at_the_newest_revision_is_judged_at_an_older_one() -> None:
    rows = [icons(Y25C, Implementation.IMPLEMENTED), icons(Y26, Implementation.NOT_OFFERED)]
    assert gaps_of(rows, looked(Y25C, Y26)) == ()


def test_a_revision_that_is_not_offered_is_the_gap_of_all_that_it_brought() -> None:
    (gap,) = gaps_of([icons(Y25C, Implementation.NOT_OFFERED), icons(Y26, Implementation.NOT_OFFERED)], looked(Y25B))
    assert (gap.gap, gap.looked_at) == ("revision 2025-11-25 is not offered", None)
    assert (gap.presence, gap.priority) == ("missing", Priority.HIGH)


def test_nobody_misses_what_the_newest_revision_offered_has_dropped() -> None:
    batches = featured("basic/batches", "Batches", Y25, Implementation.NOT_OFFERED, since=Y25)
    assert gaps_of([batches], looked(Y24, Y25B)) == ()
    assert gaps_of([batches], looked(Y24)) != ()


def duty(revision: Revision, status: Status, level: Level = Level.MUST, name: str = "tools/names") -> MatrixRow:
    return MatrixRow("tools", "Tools have names.", name, level, revision, status, "none")


def test_a_duty_counts_once_and_is_violated_if_it_is_at_one_revision() -> None:
    rows = [duty(Y25B, Status.FAIL), duty(Y25C, Status.PASS), duty(Y25C, Status.PASS, Level.SHOULD, "tools/sorted")]
    (area,) = areas_of(rows, looked(Y25B, Y25C))
    assert (area.must_pass, area.must_total, area.should_pass, area.should_total) == (0, 1, 1, 1)
    assert (area.status, area.violated, area.sound) == (Standing.VIOLATES, ("tools/names",), False)


@pytest.mark.parametrize(
    ("rows", "standing"),
    [
        ([duty(Y25C, Status.FAIL, Level.SHOULD)], Standing.DEVIATES),
        ([duty(Y25C, Status.PASS)], Standing.CONFORMS),
        ([duty(Y25C, Status.NOT_OBSERVED)], Standing.NOT_OBSERVED),
        ([duty(Y25C, Status.NOT_APPLICABLE)], Standing.NOT_APPLICABLE),
        ([replace(duty(Y25C, Status.NOT_OBSERVED), implementation=Implementation.EXCLUDED)], Standing.NOT_JUDGED),
    ],
)
def test_an_area_stands_as_its_duties_do(rows: list[MatrixRow], standing: Standing) -> None:
    (area,) = areas_of(rows, looked(Y25C))
    assert area.status is standing
    assert area.sound == (standing is Standing.CONFORMS)


def test_what_binds_nobody_and_what_was_not_audited_has_no_area() -> None:
    rows = [duty(Y25C, Status.PASS, Level.MAY), duty(Y26, Status.PASS), icons(Y25C, Implementation.MISSING)]
    assert areas_of(rows, looked(Y25C)) == ()


@pytest.mark.parametrize(
    ("severity", "level", "expected"),
    [
        (Severity.CRITICAL, Level.ADVICE, Urgency.P0),
        (Severity.HIGH, Level.SHOULD, Urgency.P0),
        (Severity.MEDIUM, Level.SHOULD, Urgency.P1),
        (Severity.LOW, Level.MUST, Urgency.P1),
        (Severity.INFO, Level.MUST_NOT, Urgency.P1),
        (Severity.LOW, Level.DERIVED, Urgency.P2),
        (Severity.INFO, Level.SHOULD, Urgency.P2),
    ],
)
def test_urgency_follows_the_published_rule(severity: Severity, level: Level, expected: Urgency) -> None:
    assert urgency(replace(FINDINGS[0], severity=severity, level=level)) is expected


def test_the_most_urgent_finding_comes_first() -> None:
    must = replace(FINDINGS[1], id="F003", level=Level.MUST)
    assert [finding.id for finding in in_order((FINDINGS[1], must, FINDINGS[0]))] == ["F001", "F003", "F002"]


def test_options_are_read_from_the_reason() -> None:
    assert (
        grants("no listed tool may be called; allow some with --tool NAME or --call all") == "--tool NAME, --call all"
    )
    assert grants("nothing was refused -- at all") == ""


def test_what_can_be_granted_comes_first() -> None:
    assert [item.grant for item in unobserved_of(RICH)] == ["--intrusive", "", ""]


def test_a_duty_that_no_check_looked_at_says_what_it_needs_and_what_gives_it() -> None:
    needy = replace(CLEAN.matrix[0], requirement="tasks/own", status=Status.NOT_OBSERVED, needs="two identities")
    needy = replace(needy, implementation=Implementation.NOT_OBSERVED, kind=RowKind.DUTY)
    (item,) = unobserved_of(replace(CLEAN, matrix=(needy,)))
    assert (item.grant, item.reason) == ("--bearer-env, --second-bearer-env", "needs two identities")
