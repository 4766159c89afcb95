"""What the command line asks of a load: an earlier run that cannot be compared is refused before any load."""

from dataclasses import replace
from pathlib import Path

import pytest
from mcp_audit_harness.cli.app import execute
from mcp_audit_harness.model.loading import Arrivals, Bottleneck, LoadRun
from mcp_audit_reports.json_v1 import render

from tests.unit.load.runs import load_run
from tests.unit.reports.samples import CLEAN, NEW

NOBODY = "http://127.0.0.1:1/mcp"
PROFILE = 'title = "x"\nclients = 16\n[[stages]]\nrate = 10\nduration_s = 5\n'
EARLIER = replace(load_run(1, seconds=12), profile="ours", arrivals=Arrivals.OPEN, clients=16)


def refusal(earlier: LoadRun, directory: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said when a run of PROFILE is to be compared with an earlier one; empty if it is begun."""
    profile, report = directory / "ours.toml", directory / "report.json"
    profile.write_text(PROFILE, encoding="utf-8")
    report.write_text(render(replace(CLEAN, loads=((NEW, earlier),))), encoding="utf-8")
    out = str(directory / "out")
    code = execute(["load", NOBODY, "--profile", str(profile), "--baseline", str(report), "--out", out])
    said = capsys.readouterr().err
    return said if code == 2 else ""


@pytest.mark.parametrize(
    ("earlier", "reason"),
    [
        (replace(EARLIER, profile="spike"), "profile: spike, now ours"),
        (replace(EARLIER, clients=99), "clients: 99, now 16"),
        (replace(EARLIER, arrivals=Arrivals.CLOSED), "arrivals: closed, now open"),
        (replace(EARLIER, bottleneck=Bottleneck.GENERATOR), "the generator was the bottleneck"),
    ],
    ids=["profile", "clients", "arrivals", "bottleneck"],
)
def test_an_earlier_run_of_another_load_is_refused_at_once(
    earlier: LoadRun, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(earlier, tmp_path, capsys)
    assert said.startswith("mcp-audit: error: ")
    assert "report.json" in said
    assert reason in said


def test_an_earlier_run_of_the_same_load_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(EARLIER, tmp_path, capsys) == ""
