"""What a target did under load, as one page with charts: a file that fetches nothing and runs nothing."""

from collections.abc import Iterator

from mcp_audit_harness.model import Report, Revision, Status
from mcp_audit_harness.model.loading import LoadRun

from .. import digest
from ..assessment import assess
from ..escape import html
from ..webpage import look, webpage
from . import sections, words
from .charts import charts
from .style import STYLE
from .svg import draw


def render(report: Report) -> str:
    """Return the page, the run at the newest revision first; where no load was produced, it says so, and why."""
    title = f"Load report of {report.target_label or 'a server'}"
    runs = (part for place, run in enumerate(reversed(report.loads)) for part in shown(report, *run, place))
    body = "\n".join([_head(report, title), *runs, *([] if report.loads else _nothing(report))])
    return webpage(title, STYLE, body)


def _head(report: Report, title: str) -> str:
    verdict = assess(report).verdict
    name = digest.server_name(report)
    made = f"{report.started_at}, {report.duration_s:.0f} s, by {report.tool.name} {report.tool.version}"
    server = f"{name}; " if name else ""
    return (
        f"<header><h1>{html(title)}</h1>"
        f'<p class="soft">{html(server + made)}</p>'
        f'<p class="verdict"><span class="{look(verdict)}">{html(verdict.word)}</span> '
        f"{html(verdict.rest)}</p></header>"
    )


def _nothing(report: Report) -> Iterator[str]:
    """Yield why there is no run to show."""
    yield "<section><h2>No load was produced</h2>"
    reasons = [*digest.reasons(report.results, Status.ERROR), *digest.reasons(report.results, Status.NOT_OBSERVED)]
    yield f"<ul>{''.join(f'<li>{html(reason.text)}</li>' for reason in reasons)}</ul></section>"


def shown(report: Report, revision: Revision, run: LoadRun, place: int) -> Iterator[str]:
    """Yield the parts of one run; `place` tells its drawings apart from those of other runs in the same page."""
    yield f"<section><h2>{html(run.profile)} at {revision}</h2>"
    yield from (f'<p class="unsure warning">{html(text)}</p>' for text in words.warnings(run))
    yield sections.key_figures(run)
    yield sections.verdicts(report, revision, run)
    if run.comparisons:
        yield f"<h3>Beside the earlier run</h3>{sections.comparisons(run)}"
    drawn = "\n".join(draw(chart) for chart in charts(run, f"run{place}"))
    yield f'<h3>Over time</h3><div class="charts">{drawn}</div>'
    yield f"<h3>By kind of request</h3>{sections.kinds(run)}"
    yield f"<h3>Errors</h3>{sections.failures(run)}"
    yield f"<h3>How it was measured</h3>{sections.facts(run)}"
    yield f"{sections.seconds(run)}</section>"
