"""What came of requests, counted and added up."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.load.generator.ledger import Failure, Group, Ledger
from mcp_audit_harness.load.generator.results import generated
from mcp_audit_harness.load.plan import Generated, Profile, Stage
from mcp_audit_harness.model.loading import Bottleneck

PROFILE = Profile("p", "p", (Stage(10, 4),), warmup_s=2)
BROKEN: Failure = ("jsonrpc", "-32603", "no")


def _fill(ledger: Ledger, due: list[float], took: float = 0.01, error: Failure | None = None, **named: Any) -> Ledger:
    for at in due:
        ledger.due(at)
        ledger.silence.sent(at)
        ledger.silence.settled(at + took, answered=error is None)
        ledger.record(named.get("label", "tools/list"), at, at + took, error, named.get("group", Group.LOAD))
    return ledger


def _every(step: float, begin: float, end: float) -> list[float]:
    def moments() -> Iterator[float]:
        at = begin
        while at < end - 1e-9:
            yield round(at, 6)
            at += step

    return list(moments())


def _account(ledger: Ledger, profile: Profile = PROFILE) -> Generated:
    return generated(ledger, profile, 6.0, interrupted=False)


def test_the_warm_up_is_in_the_seconds_and_in_no_other_number() -> None:
    ledger = _fill(Ledger(PROFILE), _every(0.1, -2, 0), took=5.0, error=BROKEN)
    _fill(ledger, _every(0.1, 0, 4))
    ledger.lateness(-1.0, 3.0)
    for number in range(-2, 4):
        ledger.close(number)

    done = _account(ledger)

    assert (done.all.requests, done.all.errors) == (40, 0)
    assert done.all.latency.max_ms == pytest.approx(10, rel=0.01)
    assert (done.offered_per_s, done.achieved_per_s, done.errors) == (10, 10, ())
    assert done.generator.late_p99_ms == 0
    assert [(second.at_s, second.due) for second in done.seconds] == [(at, 10) for at in range(-2, 4)]
    assert sum(second.errors for second in done.seconds) == 10


def test_latency_counts_from_the_moment_at_which_a_request_was_due() -> None:
    ledger = Ledger(PROFILE)
    ledger.due(1.0)
    ledger.record("tools/list", 1.0, 3.5)

    assert _account(ledger).all.latency.max_ms == pytest.approx(2500, rel=0.001)


def test_failures_that_are_alike_are_one_error_with_the_first_example() -> None:
    ledger = _fill(Ledger(PROFILE), [0.1, 0.2], error=BROKEN)
    _fill(ledger, [0.3], error=("jsonrpc", "-32603", "later"))
    _fill(ledger, [0.4], error=("http", "503", ""), label="tools/call add")

    done = _account(ledger)

    assert [(one.label, one.kind, one.what, one.count, one.example) for one in done.errors] == [
        ("tools/list", "jsonrpc", "-32603", 3, "no"),
        ("tools/call add", "http", "503", 1, ""),
    ]
    assert (done.all.requests, done.all.errors, done.achieved_per_s) == (4, 4, 0)
    assert {one.label: one.errors for one in done.series} == {"tools/call add": 1, "tools/list": 3}


def test_a_target_cannot_fill_the_report_with_errors() -> None:
    ledger = Ledger(PROFILE)
    for number in range(1000):
        _fill(ledger, [0.1], error=("jsonrpc", str(number), ""))

    errors = _account(ledger).errors

    assert len(errors) <= 201
    assert sum(error.count for error in errors) == 1000
    assert errors[0].what == "others"


def test_answers_that_come_long_after_the_run_are_not_achieved() -> None:
    ledger = _fill(Ledger(PROFILE), _every(0.1, 0, 4), took=2.0)

    done = _account(ledger)

    assert (done.all.requests, done.all.errors) == (40, 0)
    assert done.achieved_per_s == pytest.approx(7.5, abs=0.3)
    assert done.bottleneck is Bottleneck.SERVER


def test_a_target_that_falls_behind_in_the_warm_up_achieves_what_it_answers_in_the_run() -> None:
    ledger = Ledger(PROFILE)
    for number, at in enumerate(_every(0.1, -2, 4)):  # ten a second are due, four are answered
        ledger.due(at)
        ledger.record("tools/list", at, -2 + (number + 1) / 4)

    done = _account(ledger)

    assert done.achieved_per_s == 4
    assert done.all.latency.max_ms > 8000


def test_each_stage_has_its_own_account() -> None:
    profile = replace(PROFILE, stages=(Stage(10, 2), Stage(20, 2)))
    ledger = _fill(Ledger(profile), _every(0.1, 0, 2))
    _fill(ledger, _every(0.05, 2, 4), took=3.5)

    first, second = _account(ledger, profile).stages

    assert (first.offered, first.answered, first.errors, first.seconds) == (20, 20, 0, 2)
    assert (second.rate, second.offered, second.answered) == (20, 40, 0)
    assert second.latency.p50_ms == pytest.approx(3500, rel=0.001)


def test_a_run_that_ends_early_has_only_the_stages_that_had_begun() -> None:
    profile = replace(PROFILE, stages=(Stage(10, 2), Stage(20, 2), Stage(30, 2)))
    ledger = _fill(Ledger(profile), _every(0.1, 0, 3))
    ledger.end_s = 3.0

    done = _account(ledger, profile)

    assert (done.duration_s, done.offered_per_s) == (3.0, 10)
    assert [stage.seconds for stage in done.stages] == [2, 1]


def test_opening_sessions_is_told_apart_from_what_is_offered() -> None:
    ledger = _fill(Ledger(PROFILE), _every(0.1, 0, 4))
    ledger.record("initialize", 1.0, 2.0, BROKEN, Group.SESSION)

    done = _account(ledger)

    assert (done.all.requests, done.all.errors) == (40, 0)
    assert done.all.latency.max_ms == pytest.approx(10, rel=0.01)
    assert [series.label for series in done.series] == ["tools/list", "initialize"]
    assert [error.label for error in done.errors] == ["initialize"]


def test_neighbours_are_compared_without_and_with_the_abusive_clients() -> None:
    profile = replace(PROFILE, abusive_clients=1)
    ledger = _fill(Ledger(profile), _every(0.1, 0, 2))
    _fill(ledger, _every(0.1, 2, 4), took=0.5)
    for at in _every(0.01, 2, 4):
        ledger.record("tools/list", at, at + 0.001, ("http", "429", ""), Group.ABUSE)

    done = _account(ledger, profile)

    assert done.neighbours is not None
    assert done.neighbours.alone.requests == done.neighbours.beside.requests == 20
    assert done.neighbours.alone.latency.p99_ms == pytest.approx(10, rel=0.01)
    assert done.neighbours.beside.latency.p99_ms == pytest.approx(500, rel=0.01)
    assert (done.neighbours.abuse.requests, done.neighbours.abuse.errors) == (200, 200)
    assert (done.all.requests, done.errors, len(done.stages)) == (40, (), 1)


def test_streams_are_counted_as_they_were_open() -> None:
    profile = replace(PROFILE, streams=3)
    ledger = Ledger(profile)
    ledger.streams.opened, ledger.streams.events = 4, 9
    ledger.streams.dropped = 1
    for number, open_streams in ((0, 2), (1, 3), (2, 1)):
        ledger.second(number).streams = open_streams
        ledger.close(number)

    streams = _account(ledger, profile).streams

    assert streams is not None
    assert (streams.opened, streams.refused, streams.dropped, streams.events, streams.most) == (4, 0, 1, 9, 3)
    assert _account(Ledger(PROFILE)).streams is None


def test_ledgers_of_several_processes_add_up_to_that_of_one() -> None:
    alone, workers, together = Ledger(PROFILE), [Ledger(PROFILE, "a"), Ledger(PROFILE, "b")], Ledger(PROFILE)
    for number, at in enumerate(_every(0.1, -2, 4)):
        error = BROKEN if number % 7 == 0 else None
        took = 0.01 * (1 + number % 5)
        _fill(alone, [at], took, error)
        _fill(workers[number % 2], [at], took, error)
        if number % 10 == 3:  # in several parts, as they are sent
            together.merge(json.loads(json.dumps(workers[number % 2].dump())))
    for worker in workers:
        together.merge(json.loads(json.dumps(worker.dump())))
    for ledger in (alone, together):
        for number in range(-2, 5):
            ledger.close(number)

    one, many = _account(alone), _account(together)

    assert many.all == one.all
    assert many.series == one.series
    assert many.seconds == one.seconds
    assert many.errors == one.errors
    assert many.stages == one.stages


def test_processes_are_told_apart_by_what_they_used() -> None:
    together = Ledger(PROFILE)
    for name, busy_s in (("a", 0.2), ("b", 0.95)):
        worker = Ledger(PROFILE, name)
        for number in range(4):
            worker.used(number, 0.1, busy_s)
            together.merge(worker.dump())

    use = _account(together).generator

    assert (use.processes, use.busiest_percent) == (2, 95.0)
    assert use.cpu_s == pytest.approx(0.8)
    assert _account(together).bottleneck is Bottleneck.GENERATOR


def test_what_arrives_for_a_second_that_is_over_does_not_open_it_again() -> None:
    worker, together = Ledger(PROFILE, "a"), Ledger(PROFILE)
    _fill(worker, [0.5, 1.5])
    together.close(0)

    together.merge(worker.dump())

    assert set(together.seconds) == {1}
    assert _account(together).all.requests == 2
