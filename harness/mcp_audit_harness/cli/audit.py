"""`run` and `judge`: observe, judge, render, and say so in the exit code."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import anyio
from mcp_audit_reports import MATRIX_FORMATS, RENDERERS, render_matrix, render_tests
from mcp_audit_reports import read_report as _read_report

from ..api import load_catalogue, observe, survey_and_plan
from ..catalogue import Catalogue
from ..engine.events import Announced, Emit
from ..engine.judge import judge
from ..engine.official import with_official
from ..engine.saved import Run, dump, load
from ..engine.sourcing import with_source
from ..errors import AuditError
from ..lab.strays import adopt_orphans
from ..load.settings import LoadSettings
from ..model import OfficialCheck, Report, SourceScan, StdioTarget, Target
from ..policy import Exit, FailOn, Options, exit_code
from .accepting import Accept
from .files import read_bytes, write_text, writing_to
from .generating import generating
from .official import read_checks
from .progress import watching
from .terminal import columns, shows_color
from .usage import UsageError

_LONGEST_REPORT = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Output:
    """Where the report goes, and in which forms."""

    formats: tuple[str, ...]
    directory: Path | None
    """None: standard output only."""
    quiet: bool
    color: bool
    width: int

    @classmethod
    def of(cls, *, formats: str, out: str, quiet: bool, no_color: bool) -> "Output":
        """Return the output that the options ask for; raises UsageError for an unknown format."""
        names = tuple(dict.fromkeys(name.strip() for name in formats.split(",") if name.strip()))
        for name in names:
            if name not in RENDERERS:
                raise UsageError(f"no format {name!r}; there are {', '.join(RENDERERS)}")
        color = not no_color and shows_color()
        width = columns()
        directory = None if out == "-" else Path(out)
        return cls(names, directory, quiet, color, width)

    def prepare(self) -> None:
        """Make the directory before the audit starts; raises UsageError if that fails."""
        if self.directory is None:
            return
        with writing_to(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            if not os.access(self.directory, os.W_OK):
                raise PermissionError(13, "not writable")

    def write(self, report: Report) -> None:
        """Write the report in every form; `report.json` always, if there is a directory."""
        names = self.formats if self.directory is None else tuple(dict.fromkeys((*self.formats, "json")))
        for name in names:
            renderer = RENDERERS[name]
            text = renderer.render(report, width=self.width, color=self.color)
            if renderer.filename is None or self.directory is None:
                if not (self.quiet and name == "console"):
                    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
            else:
                (self.directory / renderer.filename).write_text(text, encoding="utf-8")
        if self.directory is not None and not self.quiet:
            sys.stderr.write(f"reports in {self.directory}/\n")


def matrix_formats() -> tuple[str, ...]:
    """Return the forms in which the matrix alone can be had."""
    return MATRIX_FORMATS


def matrix_text(report: Report, form: str, *, width: int, color: bool) -> str:
    """Return the report's matrix in one of `matrix_formats`."""
    return render_matrix(report, form, width=width, color=color)


def read_report(path: Path) -> Report:
    """Return what comparisons and the matrix need of a report.json.

    Raises:
        UsageError: if it cannot be read, is too large, or is no report of version 1.
    """
    try:
        return _read_report(read_bytes(path, _LONGEST_REPORT))
    except ValueError as error:
        raise UsageError(f"{path} is no report.json of version 1: {error}") from error


@dataclass(frozen=True, slots=True)
class Page:
    """A rendering that belongs to one command only."""

    filename: str
    render: Callable[[Report], str]


def audit_command(
    target: Target,
    options: Options,
    output: Output,
    fail_on: FailOn,
    *,
    strict: bool,
    checks: Path | None = None,
    tests: Path | None = None,
    page: Page | None = None,
    scan: Callable[[Catalogue], SourceScan] | None = None,
    accept: Accept | None = None,
) -> int:
    """Audit the target, write the reports and return the exit code.

    `checks` holds what the official suite wrote; into `tests` go tests that repeat what generated requests showed;
    `page` is written beside the reports; `scan` looks at the target's source, too; `accept` takes out
    what a baseline accepts.
    """
    output.prepare()
    official = None if checks is None else read_checks(checks)
    catalogue = load_catalogue()
    found = None if scan is None else scan(catalogue)
    if isinstance(target, StdioTarget):
        adopt_orphans()
    with (
        watching(quiet=output.quiet, color=output.color, cases=options.fuzz.cases) as emit,
        generating(options, output.directory, emit) as fuzz,
    ):
        chosen = replace(options, fuzz=fuzz, load=_told(options.load, emit))
        run = anyio.run(partial(observe, interruptible=True), target, catalogue, chosen, emit)
    report = _judged(run, catalogue, options, official, found)
    if accept is not None and (report.survey or report.source):
        report = accept(report)
    if output.directory is not None:
        (output.directory / "run.json").write_bytes(dump(run))
    output.write(report)
    if page is not None and output.directory is not None and report.survey is not None:
        (output.directory / page.filename).write_text(page.render(report), encoding="utf-8")
    if tests is not None and report.survey is not None:
        _write_tests(report, target, tests, quiet=output.quiet)
    return conclude(run, report, fail_on, strict=strict)


def _judged(
    run: Run, catalogue: Catalogue, options: Options, official: list[OfficialCheck] | None, found: SourceScan | None
) -> Report:
    """Return the report of the run, with what the official suite and the source say of the same target."""
    report = judge(run, catalogue, options)
    if official is not None:
        report = with_official(report, official, catalogue.official)
    return report if found is None else with_source(report, found)


def _told(settings: LoadSettings | None, emit: Emit) -> LoadSettings | None:
    """Return the settings with whoever watches the run as listener."""
    if settings is None:
        return None
    return replace(settings, tell=emit, announce=lambda sentence: emit(Announced(sentence)))


def _write_tests(report: Report, target: Target, path: Path, *, quiet: bool) -> None:
    """Write a test for each failure, if there is one; raises UsageError if that cannot be done."""
    argv = target.argv if isinstance(target, StdioTarget) else ()
    emitted = render_tests(report, argv)
    told = f"nothing failed: {path} is not written"
    if emitted.count:
        write_text(path, emitted.text)
        told = f"{path}: {emitted.count} tests"
    if not quiet:
        sys.stderr.write("\n".join([told, *emitted.left_out]) + "\n")


def conclude(run: Run, report: Report, fail_on: FailOn, *, strict: bool) -> int:
    """Return the exit code; say on stderr why a target could not be audited."""
    if run.failure:
        sys.stderr.write(f"mcp-audit: error: {run.failure}\n")
    if "the run was interrupted" in run.notes:
        return Exit.INTERRUPTED
    return exit_code(report, fail_on, strict=strict)


def dry_run_command(target: Target, options: Options) -> int:
    """Print what a run would do at the target: revisions, scenarios, checks, and what is left out and why."""
    survey, planned = anyio.run(survey_and_plan, target, load_catalogue(), options)
    lines = [f"target     {survey.label} ({survey.transport})"]
    lines.append(f"revisions  {', '.join(str(revision) for revision in planned.revisions)}")
    checks = sum(len(step.checks) for step in planned.steps)
    lines.append(f"plan       {len(planned.steps)} scenario runs, {checks} verdicts")
    for step in planned.steps:
        names = ", ".join(check.id for check in step.checks)
        lines.append(f"  {step.revision}  {step.scenario.impact.name.lower():9} {step.scenario.name}: {names}")
    reasons: dict[str, int] = {}
    for skip in planned.skips:
        reasons[skip.verdict.message] = reasons.get(skip.verdict.message, 0) + 1
    lines += [f"left out   {count} verdicts: {reason}" for reason, count in reasons.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return Exit.CLEAN


def rejudge_command(saved: Path, options: Options, output: Output, fail_on: FailOn, *, strict: bool) -> int:
    """Judge a saved run again and return the exit code; raises UsageError if the file cannot be read."""
    try:
        run = load(read_bytes(saved))
    except AuditError as error:
        raise UsageError(f"{saved}: {error}") from error
    output.prepare()
    report = judge(run, load_catalogue(), options)
    output.write(report)
    return conclude(run, report, fail_on, strict=strict)
