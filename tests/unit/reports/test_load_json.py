"""The part of report.json about load, and an earlier run read from it."""

import json
from dataclasses import fields, replace

import jsonschema_rs
import pytest
from hypothesis import given
from mcp_audit_harness.model.loading import LoadRun, Thresholds
from mcp_audit_reports import read_load
from mcp_audit_reports.json_v1 import render, schema_text
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import STEADY, instances
from tests.unit.reports.load_samples import CALM, CALM_RUN, HOSTILE, HOSTILE_RUN, LOADED
from tests.unit.reports.samples import CLEAN, NEW

_VALIDATOR = jsonschema_rs.Draft202012Validator(json.loads(schema_text()))
_CONTRACT = """
    profile duration_s rate p50_ms p90_ms p99_ms max_ms requests errors rss_mb rss_slope_mb_min thresholds
"""


@pytest.mark.parametrize("name", LOADED)
def test_a_load_run_follows_the_published_schema(name: str) -> None:
    assert [error.message for error in _VALIDATOR.iter_errors(json.loads(render(LOADED[name])))] == []


def test_a_load_run_is_written_as_before(golden: SnapshotAssertion) -> None:
    load = json.loads(render(HOSTILE))["load"]
    few = {
        name: value[:2] if isinstance(value, list) and name != "thresholds" else value for name, value in load.items()
    }
    assert json.dumps(few, indent=2) + "\n" == golden


def test_the_members_begin_with_those_of_the_contract() -> None:
    load = json.loads(render(CALM))["load"]
    assert list(load)[: len(_CONTRACT.split())] == _CONTRACT.split()
    assert (load["rate"], load["offered_rate"]) == (CALM_RUN.achieved_per_s, CALM_RUN.offered_per_s)
    assert (load["requests"], load["errors"]) == (960, 0)
    assert load["rss_mb"] == max(sample.rss_mb for sample in CALM_RUN.processes)


def test_a_threshold_names_its_check_and_its_verdict() -> None:
    found = {item["name"]: item for item in json.loads(render(HOSTILE))["load"]["thresholds"]}
    assert found["p99_ms"] == {
        "name": "p99_ms",
        "limit": 1000.0,
        "measured": HOSTILE_RUN.all.latency.p99_ms,
        "check": "load/slow-tail",
        "status": "fail",
    }
    assert found["silence_s"]["status"] is None
    assert json.loads(render(CALM))["load"]["thresholds"][-1]["measured"] is None


def test_the_newest_revision_is_the_load_and_several_are_listed() -> None:
    document = json.loads(render(HOSTILE))
    assert document["load"]["revision"] == "2025-11-25"
    assert [item["revision"] for item in document["loads"]] == ["2025-11-25", "2025-06-18"]
    assert "loads" not in json.loads(render(CALM))
    assert "load" not in json.loads(render(CLEAN))


def test_what_cannot_be_measured_is_null() -> None:
    run = replace(CALM_RUN, processes=(), memory=None, handles=None, no_processes="the target is elsewhere")
    load = json.loads(render(replace(CALM, loads=((NEW, run),))))["load"]
    assert (load["rss_mb"], load["rss_slope_mb_min"], load["handles"], load["knee"]) == (None, None, None, None)
    assert load["no_processes"] == "the target is elsewhere"


@STEADY
@given(instances(LoadRun))
def test_any_run_is_read_as_it_was_but_for_its_evidence(run: LoadRun) -> None:
    text = render(replace(CLEAN, loads=((NEW, run),)))
    again = read_load(text.encode())
    assert render(replace(CLEAN, loads=((NEW, replace(again, samples=run.samples)),))) == text


def test_a_run_is_read_as_it_was() -> None:
    limits = Thresholds(p50_ms=None, handles=7, fairness=None)
    run = replace(CALM_RUN, thresholds=limits, left_out=("x was not called",), interrupted=True)
    again = read_load(render(replace(CLEAN, loads=((NEW, run),))).encode())
    assert again == run
    assert isinstance(again.thresholds.handles, int)


def test_nothing_of_a_run_is_lost_but_its_evidence() -> None:
    run = replace(
        HOSTILE_RUN,
        series=CALM_RUN.series,
        errors=tuple(replace(error, label="tools/list", example="") for error in HOSTILE_RUN.errors),
        left_out=("x was not called",),
        no_processes="the target ended",
        not_compared="the earlier run has another load",
        samples=CLEAN.exchanges,
        servers=4,
    )
    unset = [item.name for item in fields(LoadRun) if getattr(run, item.name) == item.default]
    assert unset == [], "the run has every member"
    document = json.loads(render(replace(CLEAN, loads=((NEW, run),))))
    assert read_load(json.dumps(document).encode()) == replace(run, samples=())
    assert document["load"]["evidence"] == ["x0001"]


def test_the_member_alone_can_be_read_too() -> None:
    load = json.loads(render(CALM))["load"]
    assert read_load(json.dumps(load).encode()) == CALM_RUN


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (render(CLEAN).encode(), "holds no load run"),
        (b"{}", "holds no load run"),
        (b"not json", "JSON"),
        (b"[]", "Expected `object`"),
        (b'{"profile": "smoke"}', "missing required field"),
        (b'{"load": {"profile": 3}}', "Expected `str`"),
        (b"\xff\xfe", "JSON"),
        (b"", "truncated"),
    ],
    ids=["no load", "empty object", "text", "list", "half", "type", "bytes", "nothing"],
)
def test_what_holds_no_run_is_refused_in_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_load(data)
