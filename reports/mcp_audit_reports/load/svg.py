"""Charts as SVG inside a page: lines over an axis, with a title and a description for those who do not see them.

Colours and line styles are classes of the page's style sheet, so that one drawing serves light, dark and paper.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..escape import html
from ..webpage import figure
from .scales import Scale

_WIDTH, _HEIGHT = 640, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 28, 12, 34
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn through points; a value of None breaks it."""

    name: str
    look: str
    """A class of the style sheet: `first` to `fourth`, `offered`, `bad`, `limit`."""
    points: tuple[tuple[float, float | None], ...]
    filled: bool = False
    """Whether the area below it is tinted."""


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the ground that is shaded from one value to another."""

    start: float
    end: float
    look: str
    """A class of the style sheet: `warmup` or `silent`."""
    name: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and its words."""

    name: str
    """Unique in the page: what its elements refer to each other by."""
    title: str
    description: str
    """What it shows, with the figures that matter, in sentences."""
    across: Scale
    up: Scale
    unit: str
    """Of the upward axis."""
    lines: tuple[Line, ...]
    """The first is drawn above the others."""
    limits: tuple[tuple[float, str], ...] = ()
    """Values that are demanded, and what they are called."""
    bands: tuple[Band, ...] = ()


def draw(chart: Chart) -> str:
    """Return a figure: heading, legend, drawing."""
    named = dict.fromkeys([(line.look, line.name) for line in chart.lines] + [(b.look, b.name) for b in chart.bands])
    drawing = "".join(_parts(chart))
    return figure(chart.name, chart.title, chart.description, named, drawing, size=(_WIDTH, _HEIGHT), unit=chart.unit)


def _parts(chart: Chart) -> Iterator[str]:
    for band in chart.bands:
        yield from _band(chart, band)
    yield from _grid(chart)
    for value, name in chart.limits:
        if chart.up.low <= value <= chart.up.high:
            y = _y(chart.up, value)
            yield f'<line class="limit" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
            yield f'<text class="note end" x="{_WIDTH - _RIGHT - 4}" y="{y - 4:.1f}">{html(name)}</text>'
    for line in reversed(chart.lines):
        yield from _line(chart, line)


def _band(chart: Chart, band: Band) -> Iterator[str]:
    left, right = _x(chart.across, band.start), _x(chart.across, band.end)
    size = f'width="{right - left:.1f}" height="{_PLOT_HEIGHT}"'
    yield f'<rect class="{band.look}" x="{left:.1f}" y="{_TOP}" {size}><title>{html(band.name)}</title></rect>'


def _grid(chart: Chart) -> Iterator[str]:
    foot = _TOP + _PLOT_HEIGHT
    for value, label in chart.up.marks:
        y = _y(chart.up, value)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        yield f'<text class="end" x="{_LEFT - 6}" y="{y + 4:.1f}">{html(label)}</text>'
    for value, label in chart.across.marks:
        x = _x(chart.across, value)
        yield f'<line class="grid" x1="{x:.1f}" y1="{foot}" x2="{x:.1f}" y2="{foot + 4}"/>'
        yield f'<text class="middle" x="{x:.1f}" y="{foot + 18}">{html(label)}</text>'


def _line(chart: Chart, line: Line) -> Iterator[str]:
    for run in _unbroken(line.points):
        places = [(_x(chart.across, x), _y(chart.up, y)) for x, y in run]
        if len(places) == 1:
            yield f'<circle class="{line.look}" cx="{places[0][0]:.1f}" cy="{places[0][1]:.1f}" r="2"/>'
            continue
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        if line.filled:
            foot = _TOP + _PLOT_HEIGHT
            yield f'<path class="{line.look} area" d="M{places[0][0]:.1f} {foot}L{path}L{places[-1][0]:.1f} {foot}Z"/>'
        yield f'<path class="{line.look}" d="M{path}"/>'


def _unbroken(points: Iterable[tuple[float, float | None]]) -> Iterator[Sequence[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for x, y in points:
        if y is not None:
            run.append((x, y))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _x(scale: Scale, value: float) -> float:
    return _LEFT + _PLOT_WIDTH * scale.place(value)


def _y(scale: Scale, value: float) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - scale.place(value))
