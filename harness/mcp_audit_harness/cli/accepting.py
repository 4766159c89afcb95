"""`--baseline` and `--write-baseline`: what the operator accepts."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from ..baseline import read_baseline, with_baseline, written
from ..errors import AuditError
from ..model import Report
from .usage import UsageError

Accept: TypeAlias = Callable[[Report], Report]
"""Takes what is accepted out of a report's findings."""


def accepting(baseline: Path | None, write: Path | None, *, quiet: bool) -> Accept:
    """Return what applies one baseline and writes the next; raises UsageError for a file that is no baseline."""
    try:
        entries = () if baseline is None else read_baseline(baseline.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"there is no {baseline}; write one with --write-baseline {baseline}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {baseline}: {error}") from error
    except AuditError as error:
        raise UsageError(f"{baseline}: {error}") from error

    def accept(report: Report) -> Report:
        today = datetime.now(UTC).date()
        judged = report if baseline is None else with_baseline(report, entries, today)
        if write is None:
            return judged
        try:
            write.write_text(written(judged, today), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {write}: {error.strerror}") from error
        if not quiet:
            sys.stderr.write(f"{write}: {len(judged.findings) + len(judged.accepted)} accepted findings\n")
        return with_baseline(report, read_baseline(written(judged, today)), today)

    return accept
