"""The findings, the most urgent first: one line each, and all that is known below it."""

from collections.abc import Iterator, Sequence

from mcp_audit_harness.model import Finding, NamedAdvisory, Place, Relation, Report, Severity, Step

from .. import urgency
from ..digest import listed, plural
from ..escape import html, shortened
from ..urgency import Urgency
from ..webpage import code
from .evidence import Evidence
from .filters import Choice, filters
from .words import anchor, badge, copyable, items, level_badge, some, spans

_WHOLE = 400
"""So many findings are told in full: more are a list that nobody reads."""
_PLACES = 30
_RELATED = 6


def findings(report: Report) -> Iterator[str]:
    """Yield the parts of the section."""
    if not report.findings:
        if report.survey is not None or report.source is not None:
            yield '<p class="pass">No findings.</p>'
        return
    shown = told_in_full(report)
    yield f'<p class="soft">{html(urgency.RULE)}</p>'
    yield _filters(shown)
    evidence = Evidence.of(shown, report.exchanges)
    told = "".join(_finding(place, finding, evidence) for place, finding in enumerate(shown))
    rest = len(report.findings) - len(shown)
    more = f'<p class="soft">{plural(rest, "more finding")} in report.json.</p>' if rest else ""
    yield f'<div id="found">{told}</div>{more}'


def by_check(findings: Sequence[Finding]) -> dict[str, list[tuple[int, Finding]]]:
    """Return the first findings of the page under their checks, each with its number there."""
    found: dict[str, list[tuple[int, Finding]]] = {}
    for place, finding in enumerate(findings):
        found.setdefault(finding.check, []).append((place, finding))
    return found


def address(place: int) -> str:
    """Return the address of a finding by its number in the page; of those that are not told in full, the section's."""
    return f"#finding-{place}" if place < _WHOLE else "#findings"


def told_in_full(report: Report) -> list[Finding]:
    """Return the findings of the page, in its order."""
    return urgency.in_order(report.findings)[:_WHOLE]


def _filters(shown: Sequence[Finding]) -> str:
    severities = [item for item in Severity if any(finding.severity is item for finding in shown)]
    categories = sorted({finding.category for finding in shown})
    revisions = sorted({revision for finding in shown for revision in finding.revisions})
    choices = (
        Choice("severity", "Severity", [item.value for item in severities]),
        Choice("category", "Category", [item.value for item in categories]),
        Choice("revision", "Revision", [str(item) for item in revisions]),
    )
    return filters("found", "Filter findings", choices)


def _finding(place: int, finding: Finding, evidence: Evidence) -> str:
    opened = " open" if place == 0 and urgency.urgency(finding) is Urgency.P0 else ""
    revisions = " ".join(str(revision) for revision in finding.revisions)
    about = code(shortened(finding.subject, 120))
    return (
        f'<details class="finding {finding.severity.value}" id="finding-{place}" data-row'
        f' data-severity="{finding.severity.value}" data-category="{finding.category.value}"'
        f' data-revision="{revisions}"{opened}><summary>{badge(finding.severity)} '
        f'<span class="id">{html(finding.id)}</span> <span class="title">{html(finding.title)}</span> {about}'
        f' <span class="soft">{spans(finding.revisions)}</span></summary>'
        f'<div class="body">{"".join(_told(place, finding, evidence))}</div></details>'
    )


def _told(place: int, finding: Finding, evidence: Evidence) -> Iterator[str]:
    yield f'<p class="message">{html(finding.message)}</p>'
    effort = f'<span class="soft">Effort: {finding.effort}.</span>'
    yield f"<p><strong>Fix:</strong> {html(finding.remediation)} {effort}</p>"
    if finding.explanation:
        yield f"<p><strong>Why it matters:</strong> {html(' '.join(finding.explanation.split()))}</p>"
    yield f'<p class="soft">{" · ".join(_facts(finding))}</p>'
    if finding.advisories:
        yield f"<h3>Advisories</h3>{items(_advisories(finding.advisories))}"
    if finding.places:
        yield f"<h3>Source</h3>{_source(finding)}"
    yield evidence.drawn(finding)
    if finding.reproduce:
        yield f"<h3>Reproduce</h3>{_command(place, finding.reproduce, evidence.command)}"


def _facts(finding: Finding) -> Iterator[str]:
    yield f"{urgency.urgency(finding)} ({urgency.urgency(finding).when})"
    yield code(finding.check)
    yield f"{level_badge(finding.level)} {finding.category}"
    docs = [anchor(_short(doc), doc) for doc in dict.fromkeys(finding.docs)]
    if docs:
        yield f"by {', '.join(docs)}"
    if finding.rules:
        yield f"also seen by {some(finding.rules)}"
    yield f"fingerprint {code(finding.fingerprint)}"


def _short(doc: str) -> str:
    return doc.removeprefix("https://").removeprefix("modelcontextprotocol.io/")


def _advisories(advisories: Sequence[NamedAdvisory]) -> Iterator[str]:
    for item in [item for item in advisories if item.relation is not Relation.RELATED]:
        remedy = f"; fixed in {html(item.fixed)}" if item.fixed else ""
        names = ", ".join((anchor(item.id, item.url), *map(html, item.aliases)))
        yield f"<strong>{item.relation}</strong>: {names}: {html(item.reason)}{remedy}"
    related = [item for item in advisories if item.relation is Relation.RELATED]
    if related:
        named = [f"{anchor(item.id, item.url)} ({html(item.package)})" for item in related]
        yield f"the same weakness elsewhere: {listed(named, _RELATED)}"


def _source(finding: Finding) -> str:
    shown = "".join(f"<li>{_placed(place)}</li>" for place in finding.places[:_PLACES])
    rest = len(finding.places) - _PLACES
    more = f'<p class="soft">and {plural(rest, "more place")} in report.json</p>' if rest > 0 else ""
    trail = finding.trail if len(finding.trail) > 1 else ()
    way = "".join(f"<li>{_step(step, last=step is trail[-1])}</li>" for step in trail)
    return f'<ul class="places">{shown}</ul>{more}' + (
        f'<h3>Way of the value</h3><ol class="trail">{way}</ol>' if way else ""
    )


def _placed(place: Place, *, marked: bool = True) -> str:
    text = html(place.text)
    line = f"<pre>{f'<mark>{text}</mark>' if marked else text}</pre>" if place.text else ""
    return f"{code(str(place))}{line}"


def _step(step: Step, *, last: bool) -> str:
    return f"{html(step.note)} {_placed(step.place, marked=last)}"


def _command(place: int, text: str, room: int) -> str:
    if len(text) > room:
        return f'<p class="soft">The command has {len(text)} characters: see report.json.</p>'
    return copyable(f"reproduce-{place}", text)
