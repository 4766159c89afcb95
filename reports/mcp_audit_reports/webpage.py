"""What the pages of HTML are made of: the file that fetches nothing, tiles, tables, figures.

Pieces that come in are HTML already where a docstring says so; all else is text.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence

from .digest import Headline
from .escape import html

_LOOK = {"PASS": "pass", "FAIL": "fail"}


def webpage(title: str, style: str, body: str, script: str = "") -> str:
    """Return a page of a body that is HTML.

    Its content security policy allows its own style sheet and its own script, and nothing else: no request.
    """
    allowed = [f"style-src '{_hash(style)}'", *([f"script-src '{_hash(script)}'"] if script else [])]
    policy = "; ".join(("default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"))
    run = f"<script>{script}</script>\n" if script else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{html(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{body}\n{run}</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def look(verdict: Headline) -> str:
    """Return the class of the style sheet for a verdict."""
    return _LOOK.get(verdict.word, "unsure")


def code(text: str) -> str:
    """Return text as code on one line; nothing for no text."""
    return f"<code>{html(text)}</code>" if text else ""


def tiles(facts: Iterable[tuple[str, str, str]]) -> str:
    """Return figures as large as they deserve, each with its name above it and more in small below it."""
    cells = (
        f"<div><dt>{html(name)}</dt><dd>{html(value)}<small>{html(more)}</small></dd></div>"
        for name, value, more in facts
    )
    return f'<dl class="tiles">{"".join(cells)}</dl>'


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, texts: frozenset[int] = frozenset()
) -> str:
    """Return a table of cells that are HTML; columns in `texts` are read, the others are figures."""
    heads = "".join(f'<th scope="col"{_text(place, texts)}>{html(name)}</th>' for place, name in enumerate(columns))
    lines = "".join(f"<tr>{''.join(_cell(cell, place, texts) for place, cell in enumerate(row))}</tr>" for row in rows)
    above = f"<caption>{html(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{above}<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def subject(cell: str) -> str:
    """Return the first cell of a row, of HTML: what the others are about."""
    return f'<th scope="row" class="text">{cell}</th>'


def _cell(cell: str, place: int, texts: frozenset[int]) -> str:
    return cell if cell.startswith("<th") else f"<td{_text(place, texts)}>{cell}</td>"


def _text(place: int, texts: frozenset[int]) -> str:
    return ' class="text"' if place in texts else ""


def figure(
    name: str,
    title: str,
    description: str,
    legend: Iterable[tuple[str, str]],
    drawing: str,
    *,
    size: tuple[int, int],
    unit: str = "",
) -> str:
    """Return a figure: heading, legend (classes of the style sheet, and what they stand for), a drawing in SVG.

    `name` is unique in the page: it is what its elements refer to each other by. `drawing` is what the SVG holds, of
    the `size` in pixels.
    """
    of = f' <span class="unit">{html(unit)}</span>' if unit else ""
    marks = "".join(f'<li class="{look}">{html(text)}</li>' for look, text in legend)
    return (
        f'<figure><figcaption><h3>{html(title)}{of}</h3><ul class="legend">{marks}</ul></figcaption>'
        f'<div class="plot"><svg viewBox="0 0 {size[0]} {size[1]}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{html(title)}</title>'
        f'<desc id="{name}-desc">{html(description)}</desc>{drawing}</svg></div></figure>'
    )
