"""What the terminal and the Markdown report say of load."""

from dataclasses import replace

import pytest
from mcp_audit_harness.model import Status
from mcp_audit_harness.model.loading import Bottleneck, Knee, LoadError
from mcp_audit_reports.console import render as show
from mcp_audit_reports.load import words
from mcp_audit_reports.load.demands import demands
from mcp_audit_reports.load.numbers import gathered, number, sparkline
from mcp_audit_reports.markdown import render as write
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.load_samples import CALM, CALM_RUN, HOSTILE, HOSTILE_RUN, LOADED, verdict
from tests.unit.reports.samples import CLEAN, NEW, OLD, SAMPLES


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("name", LOADED)
def test_a_load_run_is_shown_as_before(name: str, width: int, golden: SnapshotAssertion) -> None:
    assert show(LOADED[name], width=width, color=False) == golden


@pytest.mark.parametrize("name", LOADED)
def test_a_load_run_is_written_as_before(name: str, golden: SnapshotAssertion) -> None:
    text = write(LOADED[name])
    assert text[text.index("## Load") : text.index("## ", text.index("## Load") + 8)] == golden


@pytest.mark.parametrize("name", SAMPLES)
def test_without_a_load_run_nothing_is_said_of_load(name: str) -> None:
    assert "Load: " not in show(SAMPLES[name], width=80, color=False)
    assert "## Load" not in write(SAMPLES[name])


def test_the_lines_fit_the_terminal() -> None:
    lines = show(HOSTILE, width=80, color=False).splitlines()
    assert [line for line in lines if cell_len(line) > 80] == []


def test_a_target_is_read_and_not_obeyed() -> None:
    shown, written = show(HOSTILE, width=80, color=False), write(HOSTILE)
    assert "\x1b" not in shown + written
    assert [line for line in shown.splitlines() if line.startswith("PASS")] == []
    section = written[written.index("## Load") : written.index("## Not observed")]
    assert "### Load spike &lt;b&gt; at" in section
    assert "`spike" not in section


def test_a_demand_has_the_verdict_of_its_own_revision() -> None:
    new = {item.kind.name: item for item in demands(HOSTILE, NEW, HOSTILE_RUN)}
    assert (new["p50_ms"].status, new["p99_ms"].status) == (Status.PASS, Status.FAIL)
    assert new["p99_ms"].reason == "p99 3900 ms"
    assert new["silence_s"].verdict == "no verdict"
    old = {item.kind.name: item for item in demands(HOSTILE, OLD, CALM_RUN)}
    assert old["p50_ms"].status is Status.FAIL


def test_what_a_profile_does_not_demand_is_no_demand_and_what_nobody_measured_tells_nothing() -> None:
    run = replace(CALM_RUN, thresholds=replace(CALM_RUN.thresholds, p50_ms=None))
    found = {item.kind.name: item for item in demands(CALM, NEW, run)}
    assert "p50_ms" not in found
    assert not found["fairness"].tells
    seen = verdict("load/unfair-to-neighbours", Status.NOT_OBSERVED, "the generator was the bottleneck")
    judged = {item.kind.name: item for item in demands(replace(CALM, results=(seen,)), NEW, run)}
    assert judged["fairness"].tells
    assert judged["fairness"].measured_text == "-"


def test_a_ratio_to_almost_nothing_is_not_known() -> None:
    run = replace(CALM_RUN, offered_per_s=5e-324)
    assert {item.kind.name: item.measured for item in demands(CALM, NEW, run)}["rate_percent"] is None


def test_a_generator_that_was_too_slow_is_said_to_be() -> None:
    run = replace(CALM_RUN, bottleneck=Bottleneck.GENERATOR)
    text = show(replace(CALM, loads=((NEW, run),)), width=140, color=False)
    assert "the generator: nothing follows about the target's speed (try --processes)" in text


def test_memory_of_several_servers_says_of_how_many() -> None:
    assert words.memory(replace(CALM_RUN, servers=4)).startswith(
        f"{number(max(sample.rss_mb for sample in CALM_RUN.processes))} MB at most in 4 servers, "
    )


def test_memory_that_nobody_can_look_into_is_not_known() -> None:
    run = replace(CALM_RUN, processes=(), memory=None, handles=None, no_processes="the target is not on this machine")
    assert words.memory(run) == "not known: the target is not on this machine"
    assert words.handles(run) == ""


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Knee(30.0, 40.0, "errors 2.1 %"), "held 30 requests/s, broke at 40: errors 2.1 %"),
        (Knee(0.0, 10.0, "p99 1520 ms"), "did not hold the first step, broke at 10: p99 1520 ms"),
        (Knee(500.0, 0.0, ""), "held 500 requests/s, nothing broke it"),
    ],
)
def test_a_knee_is_one_sentence(found: Knee, said: str) -> None:
    assert words.knee(replace(CALM_RUN, knee=found)) == said


def test_the_slowest_kinds_of_requests_come_first() -> None:
    text = show(CALM, width=80, color=False)
    assert text.index("  tools/list ") < text.index("  tools/call add ")


def test_an_earlier_run_that_could_not_be_compared_with_is_said_to_be() -> None:
    report = replace(CALM, loads=((NEW, replace(CALM_RUN, not_compared="the earlier run has another load")),))
    for text in (show(report, width=140, color=False), write(report)):
        assert "not compared: the earlier run has another load" in text


def test_errors_are_counted_by_kind_the_commonest_first() -> None:
    errors = tuple(LoadError("tools/list", "http", str(500 + count), count) for count in range(1, 7))
    run = replace(CALM_RUN, errors=errors, all=replace(CALM_RUN.all, errors=21))
    assert words.errors(run) == "21 of 960 (2.19 %): 6 http 506, 5 http 505, 4 http 504 and 3 more"


def test_many_kinds_of_requests_and_failures_are_counted_beyond_the_first() -> None:
    series = tuple(replace(CALM_RUN.all, label=f"tools/call t{number_}") for number_ in range(20))
    errors = tuple(LoadError(f"t{count}", "http", "503", count) for count in range(1, 10))
    run = replace(CALM_RUN, series=series, errors=errors)
    text = show(replace(CLEAN, loads=((NEW, run),)), width=140, color=False)
    assert "tools/call t11" in text
    assert "tools/call t12" not in text
    assert "and 8 faster kinds in the JSON report" in text
    assert "10  others: see the JSON report" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0004, "0"),
        (0.0123, "0.012"),
        (0.5, "0.5"),
        (1.234, "1.23"),
        (40.0, "40"),
        (40.04, "40.0"),
        (1234.5, "1234"),
        (-2.5, "-2.5"),
    ],
)
def test_a_number_has_about_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_bars_go_from_the_lowest_to_the_highest_with_dots_for_nothing() -> None:
    assert sparkline([0.0, 1.0, None, 2.0]) == "▁▅·█"
    assert sparkline([3.0, 3.0]) == "▁▁"
    assert sparkline([0.0, 1.0], least=7.0) == "▁▂"
    assert sparkline([None]) == "·"
    assert sparkline([]) == ""


def test_of_neighbouring_values_the_highest_stands_for_all() -> None:
    assert gathered([1.0, 5.0, None, 2.0, None, None], 3) == [5.0, 2.0, None]
    assert gathered([1.0], 5) == [1.0]
    assert gathered([], 5) == []
