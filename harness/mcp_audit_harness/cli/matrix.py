"""`matrix`: the compliance matrix of a report.json, as much of it as is asked for."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from ..api import load_catalogue
from ..engine.official import with_official
from ..errors import AuditError
from ..model import Report
from ..policy import Exit
from .audit import matrix_formats, matrix_text, read_report
from .official import read_checks
from .targets import revision_of
from .terminal import columns, shows_color
from .usage import UsageError

_USUAL_WIDTH = 140


def matrix_command(
    path: Path, *, revisions: Sequence[str], areas: Sequence[str], form: str, checks: Path | None, no_color: bool
) -> int:
    """Print the matrix of the report at `path`; raises UsageError for a file that is no report of version 1."""
    if form not in matrix_formats():
        raise UsageError(f"no format {form!r} of the matrix; there are {', '.join(matrix_formats())}")
    wanted = tuple(revision_of(name) for name in revisions)
    report = read_report(path)
    if report.survey is None:
        raise AuditError(f"{path}: the target was not audited: {report.failure or 'no reason given'}")
    if checks is not None:
        report = with_official(report, read_checks(checks), load_catalogue().official)
    rows = tuple(
        row
        for row in report.matrix
        if (not wanted or row.revision in wanted)
        and (not areas or any(fnmatchcase(name, glob) for glob in areas for name in (row.area, row.requirement)))
    )
    if areas and not rows:
        raise UsageError(f"no row in {', '.join(areas)}; areas are {', '.join(_areas(report))}")
    color = not no_color and shows_color()
    width = columns(_USUAL_WIDTH)
    text = matrix_text(replace(report, matrix=rows), form, width=width, color=color)
    sys.stdout.buffer.write(text.encode("utf-8"))
    return Exit.CLEAN


def _areas(report: Report) -> list[str]:
    return sorted({row.area for row in report.matrix})
