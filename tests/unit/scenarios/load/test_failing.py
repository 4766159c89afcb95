"""Judging what failed under load, from hand-built facts."""

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Status, Transport
from mcp_audit_harness.model.loading import Bottleneck, Knee, LoadError, StreamLoad
from mcp_audit_scenarios.load.failing import does_not_recover, drops_streams, errors_under_load, falls_silent

from tests.exchanges import exchange, silence, status, verdicts
from tests.unit.scenarios.load.facts import BEFORE, demanding, load_run, series

TIMEOUTS = LoadError("tools/list", "timeout", "", 40)
REFUSED = LoadError("tools/call add", "http", "429", 600)
UNAVAILABLE = LoadError("tools/call add", "http", "503", 30)


@pytest.mark.parametrize("check", [errors_under_load, falls_silent, does_not_recover], ids=lambda check: check.id)
def test_a_run_in_which_all_went_well_passes(check: Check) -> None:
    assert status(check, load_run()) is Status.PASS


def test_failures_are_named_by_kind_the_commonest_first() -> None:
    others = tuple(LoadError("ping", "jsonrpc", str(code), 1) for code in (-32603, -32000, -32001))
    run = load_run(all=series(errors=73), errors=(UNAVAILABLE, TIMEOUTS, *others))
    (found,) = verdicts(errors_under_load, run)
    assert found.status is Status.FAIL
    assert found.message == (
        "73 of 6000 requests failed, 1.22 % (limit 0.1 %), at 100 requests/s offered, 100 achieved: timeout (40), "
        "HTTP 503 (30), error -32603 (1), others (2)."
    )


def test_fewer_failures_than_the_limit_pass() -> None:
    assert status(errors_under_load, load_run(all=series(errors=5), errors=(UNAVAILABLE,))) is Status.PASS


def test_as_many_failures_as_the_limit_fail() -> None:
    assert status(errors_under_load, load_run(all=series(errors=6), errors=(UNAVAILABLE,))) is Status.FAIL


def test_a_limit_of_nothing_fails_with_the_first_failure() -> None:
    none = demanding(error_percent=0.0)
    assert status(errors_under_load, load_run(thresholds=none)) is Status.PASS
    assert status(errors_under_load, load_run(thresholds=none, all=series(errors=1))) is Status.FAIL


def test_what_a_limit_refuses_has_not_failed() -> None:
    refused = {"all": series(errors=600), "errors": (REFUSED,)}
    (found,) = verdicts(errors_under_load, load_run(**refused))
    assert found.status is Status.NOT_OBSERVED
    assert found.message.startswith("600 of 6000 requests were refused with HTTP 429: allow this load")
    other = load_run(all=series(errors=630), errors=(REFUSED, UNAVAILABLE))
    assert status(errors_under_load, other) is Status.FAIL


def test_timeouts_of_a_slow_generator_are_not_held_against_the_target() -> None:
    bound = {"bottleneck": Bottleneck.GENERATOR, "all": series(errors=70)}
    assert status(errors_under_load, load_run(errors=(TIMEOUTS,), **bound)) is Status.PASS
    assert status(errors_under_load, load_run(errors=(TIMEOUTS, UNAVAILABLE), **bound)) is Status.FAIL


def test_a_ramp_that_ends_in_failures_was_meant_to() -> None:
    ramp = load_run(all=series(errors=600), errors=(UNAVAILABLE,), knee=Knee(400.0, 800.0, "errors 10 %"))
    assert status(errors_under_load, ramp) is Status.NOT_APPLICABLE


def test_failures_that_nobody_demands_anything_of_are_not_judged() -> None:
    assert status(errors_under_load, load_run(thresholds=demanding(error_percent=None))) is Status.NOT_APPLICABLE


def test_a_stall_is_named_with_its_length() -> None:
    (found,) = verdicts(falls_silent, load_run(silence_s=2.46))
    assert found.status is Status.FAIL
    assert found.message == (
        "The longest time without an answer while requests waited: 2.5 s (limit 2 s), at 100 requests/s offered, 100 "
        "achieved."
    )


def test_the_silence_of_a_slow_generator_is_its_own() -> None:
    assert status(falls_silent, load_run(silence_s=9.0, bottleneck=Bottleneck.GENERATOR)) is Status.NOT_OBSERVED


def test_a_ramp_may_break_a_target_but_not_silence_it() -> None:
    ramp = load_run(silence_s=9.0, knee=Knee(400.0, 800.0, "p99 9000 ms"))
    assert status(falls_silent, ramp) is Status.FAIL


def test_streams_that_stay_open_pass() -> None:
    assert status(drops_streams, load_run(streams=StreamLoad(200, 0, 2, 40, 200))) is Status.PASS


def test_streams_that_end_while_clients_listen_fail() -> None:
    (found,) = verdicts(drops_streams, load_run(streams=StreamLoad(200, 0, 3, 40, 200)))
    assert found.status is Status.FAIL
    assert found.message.startswith("3 of 200 event streams were ended by the target, at most 200 open at a time")


@pytest.mark.parametrize("streams", [None, StreamLoad(0, 200, 0, 0, 0)], ids=["not wanted", "not offered"])
def test_where_there_are_no_streams_none_can_end(streams: StreamLoad | None) -> None:
    assert status(drops_streams, load_run(streams=streams)) is Status.NOT_APPLICABLE


def test_streams_without_evidence_are_not_judged() -> None:
    run = load_run(streams=StreamLoad(200, 0, 200, 40, 200), samples=())
    assert status(drops_streams, run) is Status.NOT_OBSERVED


@pytest.mark.parametrize("after", [silence(), exchange(status=503)], ids=["silent", "refusing"])
def test_a_target_that_is_not_what_it_was_fails_with_both_requests(after: object) -> None:
    (found,) = verdicts(does_not_recover, load_run(samples=(BEFORE, after)))
    assert found.status is Status.FAIL
    assert len(found.evidence) == 2


@pytest.mark.parametrize("samples", [(), (BEFORE,), (silence(), silence())], ids=["none", "one", "never answered"])
def test_recovery_takes_an_answer_before_and_a_question_after(samples: tuple[object, ...]) -> None:
    assert status(does_not_recover, load_run(samples=samples)) is Status.NOT_OBSERVED


def test_a_limit_that_still_refuses_is_no_breakdown() -> None:
    assert status(does_not_recover, load_run(samples=(BEFORE, exchange(status=429)))) is Status.NOT_OBSERVED


def test_over_stdio_the_process_that_was_loaded_is_gone() -> None:
    stdio = tuple(exchange(result={}, transport=Transport.STDIO) for _ in range(2))
    assert status(does_not_recover, load_run(samples=stdio)) is Status.NOT_APPLICABLE
