"""Bars as SVG: parts of a whole, one bar for each revision, subject or aspect, with the figures in words beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..escape import html
from ..webpage import figure

_WIDTH, _ROW, _LABEL, _FIGURE = 640, 24, 200, 100
_FULL = _WIDTH - _LABEL - _FIGURE
_NAME = 28


@dataclass(frozen=True, slots=True)
class Part:
    """A colour of a chart and what it stands for."""

    look: str
    """A class of the style sheet."""
    name: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar."""

    label: str
    values: tuple[float, ...]
    """One for each part."""
    figure: str
    """What is written behind it."""


def bars(name: str, title: str, parts: Sequence[Part], rows: Sequence[Bar], *, whole: float = 0) -> str:
    """Return a figure, nothing for no bar; `whole` is what a full bar stands for, else the longest one is."""
    if not rows:
        return ""
    most = whole or max(sum(row.values) for row in rows) or 1.0
    drawn = "".join(_bar(place, row, parts, most) for place, row in enumerate(rows))
    legend = [(part.look, part.name) for part in parts]
    said = "; ".join(_said(row, parts) for row in rows)
    return figure(name, title, said, legend, drawn, size=(_WIDTH, _ROW * len(rows) + 4))


def _bar(place: int, row: Bar, parts: Sequence[Part], most: float) -> str:
    top = place * _ROW + 2
    label = html(row.label if len(row.label) <= _NAME else f"{row.label[: _NAME - 1]}…")
    drawn = [f'<text class="end" x="{_LABEL - 8}" y="{top + 15}">{label}</text>']
    left = float(_LABEL)
    for part, value in zip(parts, row.values, strict=True):
        width = _FULL * max(0.0, value) / most
        if width > 0:
            drawn.append(
                f'<rect class="{part.look}" x="{left:.1f}" y="{top + 2}" width="{width:.1f}" height="{_ROW - 7}"/>'
            )
        left += width
    drawn.append(f'<text x="{left + 6:.1f}" y="{top + 15}">{html(row.figure)}</text>')
    return "".join(drawn)


def _said(row: Bar, parts: Sequence[Part]) -> str:
    return f"{row.label}: " + ", ".join(
        f"{value:.0f} {part.name}" for part, value in zip(parts, row.values, strict=True)
    )
