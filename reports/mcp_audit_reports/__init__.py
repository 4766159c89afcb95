"""Presentation: every module renders a finished report, which is all that it sees.

A format is imported when it is first rendered, so that the list of formats costs nothing.
"""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def _json(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    from .json_v1 import render  # noqa: PLC0415 - start-up time

    return render(report)


def _markdown(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    from .markdown import render  # noqa: PLC0415 - start-up time

    return render(report)


def _sarif(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    from .sarif import render  # noqa: PLC0415 - start-up time

    return render(report)


def _junit(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    from .junit import render  # noqa: PLC0415 - start-up time

    return render(report)


def _html(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    from .html import render  # noqa: PLC0415 - start-up time

    return render(report)


def _summary(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    from .summary import render  # noqa: PLC0415 - start-up time

    return render(report)


def _badge(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    from .badge import render_svg  # noqa: PLC0415 - start-up time

    return render_svg(report)


def _shield(report: "Report", *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    from .badge import render_json  # noqa: PLC0415 - start-up time

    return render_json(report)


RENDERERS: dict[str, Renderer] = {
    "console": Renderer(None, _console),
    "json": Renderer("report.json", _json),
    "markdown": Renderer("report.md", _markdown),
    "html": Renderer("report.html", _html),
    "sarif": Renderer("report.sarif", _sarif),
    "junit": Renderer("junit.xml", _junit),
    "summary": Renderer("summary.md", _summary),
    "badge": Renderer("badge.svg", _badge),
    "shield": Renderer("badge.json", _shield),
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
