"""The report as one HTML page: a file that fetches nothing, and runs one script whose hash its policy names.

Nothing of the target gets into the script: it works on the text of the page, which every part escapes.
"""

from collections.abc import Iterator

from mcp_audit_harness.model import Report

from ..assessment import Assessment, assess
from ..escape import html, shortened
from ..webpage import webpage
from . import details
from .charts import charts
from .findings import findings
from .matrix import matrix
from .script import SCRIPT
from .style import STYLE
from .summary import masthead, summary
from .words import section

__all__ = ["render"]


def render(report: Report) -> str:
    """Return the page; the same report gives the same text."""
    assessment = assess(report)
    parts = list(_parts(report, assessment))
    links = "".join(f'<li><a href="#{name}">{heading}</a></li>' for name, heading, _ in parts)
    body = "\n".join(text for _, _, text in parts)
    title = f"MCP audit of {shortened(report.target_label, 200) or 'a server'}"
    whole = (
        f'<a class="skip" href="#main">Skip to the report</a>\n{masthead(report, assessment, title)}\n'
        f'<nav aria-label="Parts of the report"><ul>{links}</ul></nav>\n<main id="main">\n{body}\n</main>\n'
        f"<footer>{html(f'{report.tool.name} {report.tool.version}')}</footer>\n"
        '<div id="said" class="unseen" role="status" aria-live="polite"></div>'
    )
    return webpage(title, STYLE, whole, SCRIPT)


def _parts(report: Report, assessment: Assessment) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of the page that have something to show: name, heading, text."""
    found = {
        "summary": ("Summary", summary(report, assessment)),
        "findings": (f"Findings ({len(report.findings)})", findings(report)),
        "matrix": ("Compliance matrix", matrix(report)),
        "gaps": ("Missing features", details.gap_table(assessment)),
        "charts": ("Charts", charts(report)),
        "load": ("Load", details.load(report)),
        "fuzz": ("Fuzzing", details.fuzz(report)),
        "source": ("Source", details.source(report)),
        "official": ("Official suite", details.official(report)),
        "baseline": ("Baseline", details.baseline(report)),
        "unseen": ("Not observed", details.unseen(assessment)),
        "errors": ("Errors", details.errors(report)),
        "run": ("The run", details.run(report)),
    }
    for name, (heading, pieces) in found.items():
        if text := section(name, heading, pieces):
            yield name, heading, text
