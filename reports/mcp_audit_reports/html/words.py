"""Pieces that the parts of this page are made of; what comes in is text, what comes out is HTML."""

from collections.abc import Iterable, Sequence

from mcp_audit_harness.model import Level, Revision, Severity

from ..digest import listed
from ..escape import html, html_block, is_address
from ..webpage import code

_NAMED = 12
_SCROLLED = 'tabindex="0" role="group" aria-label="Scrolls sideways"'
"""What is wider than the window has to be reached by keys; the drawings of the page about load are shared."""


def anchor(label: str, url: str) -> str:
    """Return a link to an address of ours; the label alone where it is no plain address."""
    return f'<a href="{html(url)}" rel="noreferrer">{html(label)}</a>' if is_address(url) else html(label)


def badge(severity: Severity) -> str:
    """Return a severity as a coloured word."""
    return f'<span class="badge {severity.value}">{severity.value}</span>'


def level_badge(level: Level) -> str:
    """Return the key word of a duty; without one, where it comes from."""
    named = {Level.ADVICE: "good practice", Level.DERIVED: "derived"}.get(level, level.value)
    return f'<span class="level">{named}</span>'


def spans(revisions: Iterable[Revision]) -> str:
    """Return revisions in words: neighbours as first to last."""
    runs: list[list[Revision]] = []
    for revision in sorted(set(revisions)):
        if runs and revision.position == runs[-1][-1].position + 1:
            runs[-1].append(revision)
        else:
            runs.append([revision])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def items(texts: Iterable[str], *, empty: str = "") -> str:
    """Return a list of pieces of HTML; the sentence `empty` where there are none."""
    found = "".join(f"<li>{text}</li>" for text in texts)
    return f"<ul>{found}</ul>" if found else f'<p class="soft">{empty}</p>' if empty else ""


def some(names: Sequence[str], limit: int = _NAMED) -> str:
    """Return the first names as code, and how many more there are."""
    return listed([code(name) for name in names], limit)


def copyable(name: str, text: str) -> str:
    """Return lines with a button that copies them; `name` is unique in the page."""
    return (
        f'<div class="copyable"><button type="button" class="copy scripted" data-copy="{name}">Copy</button>'
        f'<pre id="{name}" tabindex="0">{html_block(text)}</pre></div>'
    )


def section(name: str, title: str, parts: Iterable[str]) -> str:
    """Return a part of the page with its heading; nothing where it has nothing to show."""
    body = "\n".join(part for part in parts if part)
    for scrolled in ("wide", "plot"):
        body = body.replace(f'<div class="{scrolled}">', f'<div class="{scrolled}" {_SCROLLED}>')
    if not body:
        return ""
    return f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>\n{body}</section>'
