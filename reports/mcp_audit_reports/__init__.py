"""Presentation: every module renders a finished report, which is all that it sees.

A format is imported when it is first rendered, so that the list of formats costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcp_audit_harness.model import Changes, Report
    from mcp_audit_harness.model.loading import LoadRun

    from .replays import Emitted

__all__ = [
    "DIFF_FORMATS",
    "MATRIX_FORMATS",
    "RENDERERS",
    "Render",
    "Renderer",
    "read_load",
    "read_report",
    "render_diff",
    "render_load_html",
    "render_matrix",
    "render_tests",
]


class Render(Protocol):
    """Turns a report into text; raises for no report."""

    def __call__(self, report: "Report", *, width: int, color: bool) -> str:
        """Return the text; `width` (columns) and `color` matter to terminals only."""


class Renderer(NamedTuple):
    """A format of the report."""

    filename: str | None
    """Name in the output directory; None: shown, not kept."""
    render: Render


def _console(report: "Report", *, width: int, color: bool) -> str:
    from .console import render  # noqa: PLC0415 - start-up time

    return render(report, width=width, color=color)


def _lazy(module: str, function: str = "render") -> Render:
    """Return a format that is no terminal's business: a function of the report alone, imported when it is called."""

    def render(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
        write: Callable[[Report], str] = getattr(import_module(f".{module}", __name__), function)
        return write(report)

    return render


RENDERERS: dict[str, Renderer] = {
    "console": Renderer(None, _console),
    "json": Renderer("report.json", _lazy("json_v1")),
    "markdown": Renderer("report.md", _lazy("markdown")),
    "html": Renderer("report.html", _lazy("html")),
    "sarif": Renderer("report.sarif", _lazy("sarif")),
    "junit": Renderer("junit.xml", _lazy("junit")),
    "summary": Renderer("summary.md", _lazy("summary")),
    "badge": Renderer("badge.svg", _lazy("badge", "render_svg")),
    "shield": Renderer("badge.json", _lazy("badge", "render_json")),
}
"""The formats by the names that `--format` takes."""

MATRIX_FORMATS = ("console", "markdown", "json", "csv")
"""The forms of the matrix alone, by the names that `mcp-audit matrix --format` takes."""

DIFF_FORMATS = ("console", "markdown", "json")
"""The forms of `mcp-audit diff`, by the names that `--format` takes."""


def read_report(text: str | bytes) -> "Report":
    """Return the report that a report.json of version 1 holds, as far as its matrix needs it; raises ValueError."""
    from .json_v1.read import read  # noqa: PLC0415 - start-up time

    return read(text)


def read_load(data: bytes) -> "LoadRun":
    """Return the load run of a report.json, to compare another with; raises ValueError where it holds none."""
    from . import json_v1  # noqa: PLC0415 - start-up time

    return json_v1.read_load(data)


def render_load_html(report: "Report") -> str:
    """Return what a report says of load as one HTML page with charts."""
    from .load.html import render  # noqa: PLC0415 - start-up time

    return render(report)


def render_diff(before: "Report", after: "Report", changes: "Changes", form: str, *, width: int, color: bool) -> str:
    """Return what changed between two reports in one of `DIFF_FORMATS`."""
    from .diff import FORMATS  # noqa: PLC0415 - start-up time

    return FORMATS[form](before, after, changes, width=width, color=color)


def render_tests(report: "Report", argv: "Sequence[str]" = ()) -> "Emitted":
    """Return tests for pytest that repeat the failures of a report; `argv` is the command of a stdio server."""
    from . import replays  # noqa: PLC0415 - start-up time

    return replays.render_tests(report, argv)


def render_matrix(report: "Report", form: str, *, width: int, color: bool) -> str:
    """Return the report's matrix in one of `MATRIX_FORMATS`."""
    from .matrix import FORMATS  # noqa: PLC0415 - start-up time

    return FORMATS[form](report, width=width, color=color)
