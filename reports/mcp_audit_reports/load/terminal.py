"""What a target did under load, at a glance at a terminal."""

import math

from mcp_audit_harness.model import Report, Status
from mcp_audit_harness.model.loading import LoadRun, LoadSecond

from ..page import Page
from . import words
from .demands import Demand, demands
from .numbers import gathered, sparkline

_SERIES = 12
_FAILURES = 5
_BARS = 48
_LEAST_SPAN = math.log(8)
"""So many times slower is the highest bar than the lowest at least, so that calm looks calm."""
_STYLE = {Status.PASS: "green", Status.FAIL: "bold red"}


def show_loads(page: Page, report: Report) -> None:
    """Print a section for each run, the newest revision first; nothing where no load was produced."""
    for revision, run in reversed(report.loads):
        page.heading(f"Load: {run.profile} at {revision}")
        _facts(page, run)
        page.blank()
        for demand in demands(report, revision, run):
            if demand.tells:
                _verdict(page, demand)
        _series(page, run)
        _details(page, run)


def _facts(page: Page, run: LoadRun) -> None:
    page.field("load", words.setting(run))
    page.field("achieved", words.throughput(run))
    page.field("latency", words.latency(run.all), *_bars(run))
    page.field("errors", words.errors(run))
    page.field("memory", words.memory(run))
    page.field("bottleneck", words.bottleneck(run), words.generator(run))
    for name, text in {"Handles": words.handles(run), **words.beyond_figures(run)}.items():
        if text:
            page.field(name.lower(), text)


def _bars(run: LoadRun) -> list[str]:
    """Return the p99 of the run as small bars on a logarithmic scale; a dot is time without any answer."""
    heights = [_height(second) for second in run.seconds if second.at_s >= 0 and (second.done or second.waiting)]
    return [f"{sparkline(gathered(heights, _BARS), _LEAST_SPAN)}  p99 over time, log"] if heights else []


def _height(second: LoadSecond) -> float | None:
    return math.log(max(0.001, second.latency.p99_ms)) if second.done else None


def _verdict(page: Page, demand: Demand) -> None:
    style = _STYLE.get(demand.status, "bold yellow") if demand.status else "dim"
    measured = f"{demand.kind.what.ljust(23)} {demand.measured_text.rjust(11)}"
    page.line((demand.verdict.ljust(16), style), (measured, ""), (f"  {demand.limit_text}", "dim"), indent=2)


def _series(page: Page, run: LoadRun) -> None:
    if len(run.series) > 1:
        page.blank()
        slowest = sorted(run.series, key=lambda series: -series.latency.p99_ms)[:_SERIES]
        rows = [words.series_row(series) for series in slowest]
        page.table([column.lower() for column in words.SERIES_COLUMNS], rows)
        if len(run.series) > _SERIES:
            page.line((f"and {len(run.series) - _SERIES} faster kinds in the JSON report", "dim"), indent=2)


def _details(page: Page, run: LoadRun) -> None:
    """Print what failed and how, what changed since an earlier run, and what was left out."""
    failures = words.commonest_errors(run)
    said = [(str(error.count), words.failure(error)) for error in failures[:_FAILURES]]
    if len(failures) > _FAILURES:
        said.append((str(sum(error.count for error in failures[_FAILURES:])), "others: see the JSON report"))
    for label, rows in (
        ("errors", said),
        ("since the earlier run", [("!" if item.regressed else "-", words.compared(item)) for item in run.comparisons]),
        ("left out", [("-", text) for text in run.left_out]),
    ):
        if rows:
            page.blank()
            page.line((label, "dim"), indent=2)
            page.numbered(rows)
