"""Holds the audit for the selected items, and turns its report into their outcomes."""

from collections import defaultdict
from dataclasses import replace
from functools import partial

import anyio

from ..api import load_catalogue, observe
from ..catalogue import Catalogue
from ..engine.judge import judge
from ..engine.saved import Run
from ..model import Report, Result, Revision, Severity, Status
from ..policy import FailOn
from .agenda import Entry
from .evidence import Evidence, shown
from .options import Order
from .outcomes import Outcome, Outcomes


def audited(order: Order, entries: tuple[Entry, ...], *, whole: bool) -> tuple[Outcomes, Run]:
    """Audit the target for the entries; `whole` says that these are all, so that features are looked at, too."""
    catalogue, options = load_catalogue(), order.options
    if not whole:
        catalogue = _narrowed(catalogue, frozenset(entry.check for entry in entries))
        options = replace(options, revisions=tuple(sorted({Revision(entry.revision) for entry in entries})))
    run = anyio.run(partial(observe, order.target, catalogue, options))
    report = judge(run, catalogue, options)
    return outcomes_of(report, catalogue, entries, order), run


def _narrowed(catalogue: Catalogue, ids: frozenset[str]) -> Catalogue:
    """Return a catalogue of nothing but the checks with these ids."""
    checks = tuple(check for check in catalogue.checks if check.id in ids)
    return replace(catalogue, checks=checks, features=(), attacks=())


def outcomes_of(report: Report, catalogue: Catalogue, entries: tuple[Entry, ...], order: Order) -> Outcomes:
    """Return the outcome of every entry."""
    evidence = Evidence.of(report, catalogue)
    results: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in report.results:
        results[result.check, str(result.revision)].append(result)
    by_id = {
        entry.id: _outcome(results[entry.check, entry.revision], evidence, order, report.failure) for entry in entries
    }
    return Outcomes(by_id, _summary(report))


def _outcome(results: list[Result], evidence: Evidence, order: Order, failure: str) -> Outcome:
    """Return what the verdicts of one check at one revision, one for each subject, come to."""
    failures = [result for result in results if result.status is Status.FAIL]
    grave = [result for result in failures if _fails(result.severity, order)]
    if grave:
        return Outcome("failed", evidence.text(failures))
    errors = [result for result in results if result.status is Status.ERROR]
    if errors or not results:
        told = errors[0].message if errors else failure or "the audit gave no verdict"
        return Outcome("error", shown(f"mcp-audit: {told}"))
    if failures:
        first = failures[0]
        return Outcome("xfailed", shown(f"{first.severity.value}, below --mcp-fail-on: {first.message}"))
    if any(result.status is Status.PASS for result in results):
        return Outcome("passed")
    reasons = dict.fromkeys(f"{result.status.value.replace('_', ' ')}: {result.message}" for result in results)
    return Outcome("skipped", shown("; ".join(reasons)))


def _fails(severity: Severity, order: Order) -> bool:
    if order.infos:
        return True
    return order.fail_on is not FailOn.NEVER and severity.rank <= Severity(order.fail_on.value).rank


def _summary(report: Report) -> tuple[str, ...]:
    """Return the lines about the whole: what was seen, and what was not."""
    counts = {status: sum(result.status is status for result in report.results) for status in Status}
    told = ", ".join(f"{count} {status.value.replace('_', ' ')}" for status, count in counts.items() if count)
    lines = [f"{report.target_label}: {told or 'no verdict'}, in {report.duration_s:.1f} s"]
    if not report.complete:
        lines.append("the audit is not complete: " + "; ".join((report.failure or "", *report.notes)).strip("; "))
    return tuple(shown(line) for line in lines)
