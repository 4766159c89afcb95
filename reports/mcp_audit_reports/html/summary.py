"""The first screen: verdict, score, and what is critical, good and missing."""

from collections import Counter
from collections.abc import Iterator, Sequence

from mcp_audit_harness.model import Finding, Report, Severity, Status

from .. import digest
from ..assessment import Assessment
from ..digest import listed, plural
from ..escape import html, shortened
from ..gaps import Looked, by_revision, out_of_reach
from ..urgency import in_order
from ..webpage import code, look, tiles
from .findings import address, by_check
from .words import badge, items

_CRITICAL = 8
_GOOD = 10
_MISSING = 3


def masthead(report: Report, assessment: Assessment, title: str) -> str:
    """Return what was audited, the verdict and the score."""
    verdict = assessment.verdict
    return (
        f'<header><div class="title"><h1>{html(title)}</h1>'
        '<button type="button" id="theme" class="scripted" aria-pressed="false">Dark</button></div>'
        f'<p class="soft">{" · ".join(_about(report))}</p>'
        f'<div class="verdict {look(verdict)}">{_ring(report)}<p>'
        f"<strong>{html(verdict.word)}</strong><span>{html(verdict.rest)}</span>{_score(report)}</p></div></header>"
    )


def _about(report: Report) -> Iterator[str]:
    survey = report.survey
    if survey is not None:
        if name := digest.server_name(report):
            yield code(name)
        yield f"{survey.transport}, {survey.exposure}"
        yield plural(len(survey.revisions), "revision") + " offered"
    yield html(f"{report.started_at}, {report.duration_s:.1f} s")
    yield html(f"{report.tool.name} {report.tool.version}, seed {report.seed}")


def _ring(report: Report) -> str:
    overall = report.overall
    if overall is None:
        return ""
    look = "pass" if overall.score >= 90 else "unsure" if overall.score >= 70 else "fail"
    part = max(0, min(100, overall.score))
    return (
        f'<svg class="ring {look}" viewBox="0 0 100 100" role="img" aria-labelledby="ring-title">'
        f'<title id="ring-title">Score {overall.score} of 100, grade {html(overall.grade)}</title>'
        '<circle class="track" cx="50" cy="50" r="42"/>'
        f'<circle class="part" cx="50" cy="50" r="42" pathLength="100" stroke-dasharray="{part} 100"/>'
        f'<text x="50" y="52">{html(overall.grade[:2])}</text><text class="of" x="50" y="72">'
        f"{overall.score}/100</text></svg>"
    )


def _score(report: Report) -> str:
    if report.overall is None:
        return ""
    words = digest.score(report.overall, complete=report.complete)
    return f'<span class="soft">Score {html(words)}: <a href="#run">how it is computed</a></span>'


def summary(report: Report, assessment: Assessment) -> Iterator[str]:
    """Yield the parts of the section."""
    if report.failure:
        yield f'<p class="fail message">{html(report.failure)}</p>'
    if report.survey is None and report.source is None:
        return
    yield _tiles(report)
    yield (
        f'<div class="thirds"><div class="bad"><h3>Critical</h3>{_critical(report, assessment)}</div>'
        f'<div class="good"><h3>Good</h3>{_good(assessment)}</div>'
        f'<div class="lacking"><h3>Missing</h3>{_missing(report, assessment)}</div></div>'
    )


def _tiles(report: Report) -> str:
    counts = Counter(finding.severity for finding in report.findings)
    grave = counts[Severity.CRITICAL] + counts[Severity.HIGH]
    must = sum(score.must_pass for score in report.scores), sum(score.must_total for score in report.scores)
    should = sum(score.should_pass for score in report.scores), sum(score.should_total for score in report.scores)
    verdicts = digest.tally(report.results)
    facts = [
        ("critical and high findings", str(grave), f"of {plural(counts.total(), 'finding')}"),
        ("MUST duties that hold", f"{must[0]} of {must[1]}", "observed, over all revisions"),
        ("SHOULD duties that hold", f"{should[0]} of {should[1]}", "observed, over all revisions"),
        ("verdicts of checks", str(verdicts.total()), f"{verdicts[Status.PASS]} pass, {verdicts[Status.FAIL]} fail"),
        (
            "verdicts not observed",
            str(verdicts[Status.NOT_OBSERVED]),
            f"of {verdicts.total()}; {plural(verdicts[Status.ERROR], 'error')}",
        ),
        ("accepted findings", str(len(report.accepted)), plural(len(report.stale), "stale entry", "stale entries")),
    ]
    return tiles(facts if report.accepted or report.stale else facts[:-1])


def _critical(report: Report, assessment: Assessment) -> str:
    groups = by_check(in_order(assessment.critical))
    told = [_group(several) for several in list(groups.values())[:_CRITICAL]]
    told += [f'<a href="#findings">and {len(groups) - _CRITICAL} more</a>'] if len(groups) > _CRITICAL else []
    told += ["<strong>incomplete:</strong> the run did not finish"] if not report.complete else []
    others = len(report.findings) - len(assessment.critical)
    told = ["Nothing of critical or high severity", *told] if others and not groups else told
    told += [f'<a href="#findings">{plural(others, "finding")}</a> of medium severity or below'] if others else []
    return items(told, empty="Nothing, and no finding below it.")


def _group(several: Sequence[tuple[int, Finding]]) -> str:
    place, first = several[0]
    named = code(shortened(first.subject, 60)) if len(several) == 1 else f"({len(several)} times)"
    return f'{badge(first.severity)} <a href="{address(place)}">{html(first.title)}</a> {named}'


def _good(assessment: Assessment) -> str:
    sound = assessment.sound_areas
    told = [f"{html(area.area)}: {plural(area.must_total, 'observed MUST')}, all hold" for area in sound[:_GOOD]]
    told += [f"and {len(sound) - _GOOD} more areas"] if len(sound) > _GOOD else []
    told += [f"{plural(len(assessment.present), 'optional feature')} implemented"] if assessment.present else []
    return items(told, empty="No area was observed to hold in full.")


def _missing(report: Report, assessment: Assessment) -> str:
    told = []
    for revision, found in by_revision(assessment.gaps).items():
        named = listed([html(gap.title) for gap in found], _MISSING)
        reach = ", not offered" if out_of_reach(found) else ""
        told.append(f'<a href="#gaps">{plural(len(found), "feature")} of {revision}</a>{reach}: {named}')
    absent = Looked.of(report).absent if report.survey else []
    told += [f"revisions not offered: {', '.join(absent)}"] if absent else []
    unseen = plural(assessment.unseen, "verdict, duty or feature", "verdicts, duties and features")
    told += [f'<a href="#unseen">{unseen}</a> not observed'] if assessment.unseen else []
    return items(told, empty="Nothing that was looked for.")
