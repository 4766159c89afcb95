"""Baselines: what is accepted, for how long, and what happens to entries that nothing needs any more."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.baseline import UNREVIEWED, Entry, read_baseline, with_baseline, written
from mcp_audit_harness.errors import AuditError
from mcp_audit_harness.model import Finding, Report, Result, Revision, Severity, Status
from mcp_audit_harness.policy import Exit, FailOn, exit_code

from tests.unit.reports.hostile import TEXTS
from tests.unit.reports.samples import NEW, OLD, RICH
from tests.unit.reports.source_samples import SOURCE_ALONE

TODAY = date(2026, 7, 1)
FINDING = replace(RICH.findings[0], check="a/b", subject="tool:x", revisions=(OLD, NEW), severity=Severity.HIGH)


def report(*findings: Finding) -> Report:
    return replace(RICH, findings=findings, results=(verdict(Status.FAIL),))


def verdict(status: Status) -> Result:
    return replace(RICH.results[0], check="a/b", subject="", revision=NEW, status=status, blame="")


def entry(*revisions: Revision, expires: date | None = None, subject: str = "tool:x") -> Entry:
    return Entry("a/b", subject, "known", tuple(str(revision) for revision in revisions), expires=expires)


def test_what_is_accepted_is_no_finding_but_stays_in_the_report() -> None:
    found = with_baseline(report(FINDING), [entry()], TODAY)
    assert found.findings == ()
    assert [(item.finding.revisions, item.reason) for item in found.accepted] == [((OLD, NEW), "known")]
    assert exit_code(found, FailOn.LOW, strict=False) is Exit.CLEAN


def test_an_entry_for_one_revision_leaves_the_others() -> None:
    found = with_baseline(report(FINDING), [entry(OLD)], TODAY)
    assert [finding.revisions for finding in found.findings] == [(NEW,)]
    assert [item.finding.revisions for item in found.accepted] == [(OLD,)]
    assert found.stale == ()


def test_two_entries_can_share_a_finding() -> None:
    assert with_baseline(report(FINDING), [entry(OLD), entry(NEW)], TODAY).findings == ()


@pytest.mark.parametrize("other", [entry(subject="tool:y"), Entry("a/c", "tool:x", "known")])
def test_other_subjects_and_other_checks_are_not_accepted(other: Entry) -> None:
    assert len(with_baseline(report(FINDING), [other], TODAY).findings) == 1


def test_after_its_last_day_an_entry_accepts_nothing_and_says_so() -> None:
    assert with_baseline(report(FINDING), [entry(expires=TODAY)], TODAY).findings == ()
    late = with_baseline(report(FINDING), [entry(expires=date(2026, 6, 30))], TODAY)
    assert late.findings == (FINDING,)
    assert "accepted until 2026-06-30" in late.stale[0]


def test_an_entry_that_accepts_nothing_fails_the_run() -> None:
    gone = replace(report(), results=(verdict(Status.PASS),))
    found = with_baseline(gone, [entry(NEW)], TODAY)
    assert "not there any more" in found.stale[0]
    assert exit_code(found, FailOn.HIGH, strict=False) is Exit.FINDINGS


@pytest.mark.parametrize("status", [Status.NOT_OBSERVED, Status.ERROR])
def test_an_entry_whose_check_saw_nothing_is_not_stale(status: Status) -> None:
    unseen = replace(report(), results=(verdict(status),))
    assert with_baseline(unseen, [entry(NEW)], TODAY).stale == ()


def test_findings_in_the_source_are_accepted_by_their_fingerprint() -> None:
    first = SOURCE_ALONE.findings[0]
    chosen = Entry(first.check, first.subject, "known", fingerprint=first.fingerprint)
    found = with_baseline(SOURCE_ALONE, [chosen], TODAY)
    assert len(found.findings) == len(SOURCE_ALONE.findings) - 1
    assert len(with_baseline(SOURCE_ALONE, [replace(chosen, fingerprint="0")], TODAY).stale) == 1


@pytest.mark.parametrize("whole", [RICH, SOURCE_ALONE])
def test_what_is_written_accepts_everything_and_keeps_reasons(whole: Report) -> None:
    entries = read_baseline(written(whole, TODAY))
    found = with_baseline(whole, entries, TODAY)
    assert found.findings == ()
    assert {item.reason for item in found.accepted} == {UNREVIEWED}
    again = read_baseline(written(replace(found, accepted=(replace(found.accepted[0], reason="ours"),)), TODAY))
    assert [item.reason for item in again] == ["ours"]


@given(TEXTS, TEXTS)
def test_any_text_of_a_target_can_be_written_and_read(subject: str, message: str) -> None:
    hostile = replace(FINDING, subject=subject, message=message)
    (found,) = read_baseline(written(report(hostile), TODAY))
    assert found.subject == subject.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "no TOML"),
        ("version = 2", "version = 1"),
        ('version = 1\n[[accepted]]\ncheck = "a/b"\nreason = ""', "gives no reason"),
        ('version = 1\n[[accepted]]\nreason = "x"', "needs a check"),
        ('version = 1\n[[accepted]]\ncheck = "a/b"\nreason = "x"\nwhy = 1', "may hold"),
        ('version = 1\n[[accepted]]\ncheck = "a/b"\nreason = "x"\nrevisions = ["1999-01-01"]', "revisions"),
        ('version = 1\n[[accepted]]\ncheck = "a/b"\nreason = "x"\nexpires = "soon"', "date"),
        ("version = 1\naccepted = 3", "[[accepted]]"),
    ],
)
def test_what_is_no_baseline_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(AuditError, match=said.replace("[", r"\[")):
        read_baseline(text)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(AuditError):
        assert all(entry.reason for entry in read_baseline(text))
