"""The report as one HTML page: a file that fetches nothing, and runs one script whose hash its policy names.

Nothing of the target gets into the script: it works on the text of the page, which every part escapes.
"""

import base64
import hashlib
from collections.abc import Iterator

from mcp_audit_harness.model import Report

from ..assessment import Assessment, assess
from ..escape import html, shortened
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
    parts = [(name, title, text) for name, title, text in _parts(report, assessment) if text]
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title, _ in parts)
    body = "\n".join(text for _, _, text in parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{_head(report)}</head>\n<body>\n'
        f'<a class="skip" href="#main">Skip to the report</a>\n{masthead(report, assessment)}\n'
        f'<nav aria-label="Parts of the report"><ul>{links}</ul></nav>\n<main id="main">\n{body}\n</main>\n'
        f"<footer>{html(f'{report.tool.name} {report.tool.version}')}</footer>\n"
        f'<div id="said" class="unseen" role="status" aria-live="polite"></div>\n<script>{SCRIPT}</script>\n'
        "</body>\n</html>\n"
    )


def _head(report: Report) -> str:
    policy = (
        f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>MCP audit of {html(shortened(report.target_label, 200)) or 'a server'}</title>\n"
        f"<style>{STYLE}</style>\n"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _parts(report: Report, assessment: Assessment) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of the page: name, title, text; empty ones have no text."""
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
    for name, (title, text) in found.items():
        yield name, title, section(name, title, text)
