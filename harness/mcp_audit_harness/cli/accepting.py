"""`--baseline` and `--write-baseline`: what the operator accepts."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from ..baseline import Entry, read_baseline, with_baseline, written
from ..errors import AuditError
from ..model import Report
from .files import read_bytes, write_text
from .usage import UsageError

Accept: TypeAlias = Callable[[Report], Report]
"""Takes what is accepted out of a report's findings."""


def accepting(baseline: Path | None, write: Path | None, *, quiet: bool) -> Accept:
    """Return what applies one baseline and writes the next; raises UsageError for a file that is no baseline."""
    entries = () if baseline is None else _entries(baseline)

    def accept(report: Report) -> Report:
        today = datetime.now(UTC).date()
        judged = report if baseline is None else with_baseline(report, entries, today)
        if write is None:
            return judged
        text = written(judged, today)
        write_text(write, text)
        if not quiet:
            sys.stderr.write(f"{write}: {len(judged.findings) + len(judged.accepted)} accepted findings\n")
        return with_baseline(report, read_baseline(text), today)

    return accept


def _entries(baseline: Path) -> tuple[Entry, ...]:
    if not baseline.exists():
        raise UsageError(f"there is no {baseline}; write one with --write-baseline {baseline}")
    try:
        return read_baseline(read_bytes(baseline).decode("utf-8"))
    except (AuditError, UnicodeDecodeError) as error:
        raise UsageError(f"{baseline}: {error}") from error
