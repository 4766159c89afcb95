"""The rest of the page: gaps, load, fuzzing, source, official suite, what is accepted and what was not seen."""

from collections.abc import Iterator

from mcp_audit_harness.model import Report, Status

from .. import digest, fuzzed, gaps, sourced
from ..assessment import Assessment
from ..digest import plural
from ..escape import html, shortened
from ..load.html import shown as load_shown
from ..webpage import code, subject, table
from .charts import fuzz_charts, source_chart
from .words import anchor, items, some

_REASON = 400
_ROWS = 200
_INPUT = 400


def gap_table(assessment: Assessment) -> Iterator[str]:
    """Yield the features that the server lacks, by the revision that brought them."""
    if not assessment.gaps:
        return
    yield f"<details><summary>How gaps are judged</summary><p>{html(gaps.RULE)}</p></details>"
    rows = [
        [
            subject(anchor(gap.title, gap.spec)),
            str(gap.revision),
            f'<span class="priority {gap.priority.value}">{gap.priority.value}</span>',
            gap.effort.value,
            html(gap.presence.value),
            html(shortened(gap.gap, _REASON)),
        ]
        for gap in assessment.gaps
    ]
    columns = ("Feature", "Since", "Priority", "Effort", "State", "What was seen")
    yield table("", columns, rows, texts=frozenset({1, 2, 3, 4, 5}))


def load(report: Report) -> Iterator[str]:
    """Yield each load run as its own page has it, the newest revision first."""
    for place, (revision, run) in enumerate(reversed(report.loads)):
        yield "\n".join(load_shown(report, revision, run, place))


def fuzz(report: Report) -> Iterator[str]:
    """Yield what generated requests showed."""
    found = report.fuzzing
    if found is None:
        return
    yield f"<p>{html(fuzzed.played(found))}. The same seed gives the same cases.</p>"
    yield fuzz_charts(report)
    failing = fuzzed.proven(found)[:_ROWS]
    if failing:
        rows = [
            [
                subject(f"{html(failure.finding)} {code(failure.check)}"),
                code(failure.subject),
                code(fuzzed.minimal_text(failure, _INPUT)),
                str(failure.first_after),
            ]
            for failure in failing
        ]
        columns = ("Finding", "Subject", "Smallest input", "First after cases")
        yield table("Smallest inputs that show a defect.", columns, rows, texts=frozenset({1, 2}))
    unproven = [html(fuzzed.why_unproven(failure)) for failure in fuzzed.unproven(found)[:_ROWS]]
    yield f"<h3>Seen, but no finding</h3>{items(unproven)}" if unproven else ""
    troubles = [html(shortened(text, _REASON)) for text in fuzzed.troubles(found)]
    yield f"<h3>Not fuzzed, or not in full</h3>{items(troubles)}" if troubles else ""


def source(report: Report) -> Iterator[str]:
    """Yield what the tree is and what became of every rule."""
    scan = report.source
    if scan is None:
        return
    told = sourced.facts(scan, report.source_score)
    facts = "".join(f"<dt>{name}</dt><dd>{html(shortened(text, _REASON))}</dd>" for name, text in told.items())
    yield f'<dl class="facts">{facts}</dl>'
    yield source_chart(report)
    looks = {"violated": "fail", "noted": "unsure", "holds": "pass"}
    rows = [
        [
            subject(f"{html(row.rule.title)} {code(row.rule.id)}"),
            row.aspect.value,
            f'<span class="{looks[row.status]}">{row.status}</span>',
            str(row.findings),
            str(row.gap),
        ]
        for row in sourced.rule_rows(scan)
    ]
    columns = ("Defect", "Aspect", "Status", "Findings", "Gap")
    matrix = table("", columns, rows, texts=frozenset({1, 2, 4}))
    yield f"<details><summary>{plural(len(rows), 'rule')}</summary>{matrix}</details>" if rows else ""
    said = [html(shortened(text, _REASON)) for text in sourced.unrun(scan)][:_ROWS]
    yield f"<h3>Not looked at, or not heeded</h3>{items(said)}" if said else ""


def official(report: Report) -> Iterator[str]:
    """Yield where the official suite and this report disagree."""
    found = report.official
    if found is None:
        return
    yield f"<p>{found.checks} verdicts, {found.mapped} mapped to rows of the matrix, {found.compared} compared.</p>"
    rows = [
        [
            subject(f"{code(item.official)} {item.revision}"),
            html(shortened(f"{item.official_status} {item.official_message}".strip(), _REASON)),
            html(shortened(f"{item.requirement}: {item.implementation} {item.note}".strip(), _REASON)),
            html(item.explanation or "not explained"),
        ]
        for item in found.disagreements
    ]
    columns = ("Disagreement", "The suite says", "This report says", "Because")
    yield table("", columns, rows, texts=frozenset({1, 2, 3})) if rows else ""
    unmapped = [f"{code(item.id)} {html(item.status)}: {html(item.reason)}" for item in found.unmapped]
    yield (
        f"<details><summary>Belongs to no row ({len(unmapped)})</summary>{items(unmapped)}</details>"
        if unmapped
        else ""
    )


def baseline(report: Report) -> Iterator[str]:
    """Yield what the operator's baseline accepts, and its entries that fit nothing any more."""
    rows = [
        [
            subject(f"{code(item.finding.check)} {code(item.finding.subject)}"),
            item.finding.severity.value,
            html(item.reason),
            html(item.expires or "always"),
        ]
        for item in report.accepted
    ]
    columns = ("Accepted", "Severity", "Reason", "Until")
    yield table("", columns, rows, texts=frozenset({1, 2, 3})) if rows else ""
    yield items(f'<strong class="fail">Stale:</strong> {html(text)}' for text in report.stale)


def unseen(assessment: Assessment) -> Iterator[str]:
    """Yield what could not be observed, and what to grant to observe it."""
    if not assessment.unobserved:
        return
    yield (
        '<p class="soft">What nothing can be said of, and why. Counted are the verdicts of checks that were not '
        "observed, and beside them duties and features of which no verdict speaks. Where options of "
        "<code>mcp-audit</code> would allow it they are named; the rest depends on what the server offers and does.</p>"
    )
    rows = [
        [
            subject(html(shortened(item.reason, _REASON))),
            ", ".join(code(option) for option in item.options),
            str(item.count),
            some(item.subjects, 3),
        ]
        for item in assessment.unobserved[:_ROWS]
    ]
    columns = ("Reason", "Grant", "Count", "Checks, duties and features")
    yield table("", columns, rows, texts=frozenset({1, 3}))


def errors(report: Report) -> Iterator[str]:
    """Yield what went wrong, and whose fault it was."""
    rows = [
        [
            subject(html(shortened(item.text, _REASON))),
            str(item.count),
            some(item.checks, 5),
        ]
        for item in digest.reasons(report.results, Status.ERROR)[:_ROWS]
    ]
    yield table("", ("Reason", "Verdicts", "Checks"), rows, texts=frozenset({2})) if rows else ""


def run(report: Report) -> Iterator[str]:
    """Yield how the run went, and how the score is computed."""
    yield items(html(shortened(note, 2 * _REASON)) for note in digest.notes(report)[:_ROWS])
    if report.overall is not None:
        yield f"<p>Score: {html(report.overall.formula)}.</p>"
    if not report.complete:
        yield "<p><strong>The run did not finish: what it did not reach is not judged.</strong></p>"
    yield '<p class="soft">All results and every exchange are in report.json beside this file.</p>'
