"""`diff OLD NEW`: what changed from one report to the next."""

import sys
from pathlib import Path

from mcp_audit_reports import DIFF_FORMATS, render_diff

from ..engine.differences import differences
from ..model import Severity
from ..policy import Exit, FailOn
from .audit import read_report
from .terminal import columns, shows_color
from .usage import UsageError


def diff_command(old: Path, new: Path, form: str, fail_on: FailOn, *, no_color: bool) -> int:
    """Print what changed; return 1 if a finding at or above `fail_on` is new or has regressed.

    Raises:
        UsageError: if one of the files is no report, or there is no such form.
    """
    if form not in DIFF_FORMATS:
        raise UsageError(f"no format {form!r}; there are {', '.join(DIFF_FORMATS)}")
    before, after = read_report(old), read_report(new)
    changes = differences(before, after)
    color = not no_color and shows_color()
    width = columns()
    sys.stdout.write(render_diff(before, after, changes, form, width=width, color=color))
    if fail_on is not FailOn.NEVER and changes.breaks(Severity(fail_on.value)):
        return Exit.FINDINGS
    return Exit.CLEAN
