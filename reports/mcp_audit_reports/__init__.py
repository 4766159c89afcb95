"""Presentation: every module renders a finished report, which is all that it sees.

A format is imported when it is first rendered, so that the list of formats costs nothing.
"""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from mcp_audit_harness.model import Report

__all__ = ["RENDERERS", "Render", "Renderer"]


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


RENDERERS: dict[str, Renderer] = {
    "console": Renderer(None, _console),
    "json": Renderer("report.json", _json),
    "markdown": Renderer("report.md", _markdown),
}
"""The formats by the names that `--format` takes."""
