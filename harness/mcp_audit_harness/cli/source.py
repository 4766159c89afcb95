"""`source`, and `--source` of an audit: scan a tree, alone or beside the running server."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..api import as_rfc3339, load_catalogue, tool_info
from ..catalogue import Catalogue
from ..engine.sourcing import with_source
from ..model import Report, SourceScan
from ..policy import FailOn, exit_code
from ..source.scan import SourceSettings, scan
from .accepting import Accept
from .audit import Output
from .extras import demand, importable

_MODULES = ("bandit", "mypy", "tree_sitter", "tree_sitter_typescript", "yaml")
_LINES_EVERY_S = 2.0
_IDS = ("source/", "bandit/", "mypy/", "pip-audit/", "npm-audit/")
"""How the ids of rules begin; other globs of `--only` choose checks."""


def settings_for(*, online: bool, exclude: Sequence[str], only: Sequence[str], skip: Sequence[str]) -> SourceSettings:
    """Return the settings of a scan; raises UsageError where the extra that scans is not installed."""
    demand("source", "scanning sources", installed=importable(*_MODULES))
    return SourceSettings(online=online, exclude=tuple(exclude), only=tuple(only), skip=tuple(skip))


def source_command(
    path: Path, settings: SourceSettings, output: Output, fail_on: FailOn, *, strict: bool, accept: Accept
) -> int:
    """Scan the tree at `path`, write the reports and return the exit code."""
    output.prepare()
    started = datetime.now(UTC)
    found = scan_tree(path, settings, load_catalogue(), quiet=output.quiet)
    report = with_source(
        Report(
            tool=tool_info(),
            survey=None,
            target_kind="source",
            target_label=str(path),
            started_at=as_rfc3339(started),
            duration_s=found.duration_s,
            complete=True,
            seed=0,
        ),
        found,
    )
    report = accept(report)
    output.write(report)
    return exit_code(report, fail_on, strict=strict)


def scanner(
    path: Path, exclude: Sequence[str], only: Sequence[str], skip: Sequence[str], *, quiet: bool
) -> Callable[[Catalogue], SourceScan]:
    """Return what scans the tree at `path` beside an audit; raises UsageError where that cannot be done."""
    rules = [glob for glob in only if glob.startswith(_IDS)]
    settings = settings_for(online=False, exclude=exclude, only=rules, skip=skip)
    return lambda catalogue: scan_tree(path, settings, catalogue, quiet=quiet)


def scan_tree(path: Path, settings: SourceSettings, catalogue: Catalogue, *, quiet: bool) -> SourceScan:
    """Return what is found in the tree, while stderr says how far the scan is; raises AuditError for no directory."""
    with _telling(quiet=quiet) as tell:
        return scan(path, catalogue.source_rules(), catalogue.advisories, settings, tell)


@contextmanager
def _telling(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield what shows progress: on a terminal one line that changes, elsewhere a line every few seconds."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415 - start-up time
        from rich.markup import escape  # noqa: PLC0415

        with Console(stderr=True).status("reading the tree") as status:
            yield lambda text: status.update(escape(text))
    else:
        yield _Lines().say


class _Lines:
    def __init__(self) -> None:
        self._told = 0.0

    def say(self, text: str) -> None:
        now = time.monotonic()
        if now - self._told >= _LINES_EVERY_S:
            self._told = now
            sys.stderr.write(f"mcp-audit: {text}\n")
