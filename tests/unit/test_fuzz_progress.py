"""What is told of the searches while they go on."""

import threading

import pytest
from mcp_audit_harness.cli.progress import watching
from mcp_audit_harness.cli.tally import Tally
from mcp_audit_harness.engine.events import Finished, Started
from mcp_audit_harness.fuzz.settings import Tick
from mcp_audit_harness.model import Revision

REVISION = Revision.V2025_11_25


def test_a_tally_adds_up_subjects_and_steps() -> None:
    now = [100.0]
    tally = Tally(lambda: now[0])
    for place in range(10):
        now[0] += 0.1
        tally.add(Tick("tool:a", 1 if place > 5 else 0, place, 20))
    tally.add(Tick("tool:b", 2, 1, 4))
    assert str(tally) == "11 cases (12/s), schema coverage 10 of 24, 3 failures"
    tally.next_step()
    tally.add(Tick("tool:a", 0, 5, 20))
    assert (tally.in_step, tally.covered, tally.coverable, tally.failures) == (1, 15, 44, 3)


def test_ticks_of_several_threads_are_all_counted() -> None:
    tally = Tally()

    def many(name: str) -> None:
        for _ in range(500):
            tally.add(Tick(name, 1, 1, 2))

    threads = [threading.Thread(target=many, args=(f"tool:{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tally.cases, tally.failures, tally.covered, tally.coverable) == (2000, 4, 4, 8)


def test_it_is_due_every_so_often() -> None:
    now = [0.0]
    tally = Tally(lambda: now[0])
    tally.add(Tick("tool:a", 0))
    due = []
    for _ in range(6):
        now[0] += 2
        due.append(tally.due(5))
    assert due == [False, False, True, False, False, True]


def test_lines_say_how_much_was_generated_when_a_scenario_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(quiet=False, color=False) as emit:
        emit(Started("arguments.arguments", REVISION))
        emit(Tick("tool:a", 1, 3, 4))
        emit(Finished("arguments.arguments", REVISION, 1.0, ""))
        emit(Finished("liveness.control", REVISION, 1.0, ""))
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["mcp-audit: 1 case, schema coverage 3 of 4, 1 failure"]
