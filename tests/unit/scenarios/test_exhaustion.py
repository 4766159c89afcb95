"""Loads: what was served that should not have been, and who else was served meanwhile."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Outcome, ProcessReading, Status
from mcp_audit_scenarios.attacks import bodies, floods, heavy_requests, slow_clients, stalls
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status, verdicts

SERVED = exchange(result={}, elapsed_ms=5.0)
REFUSED = exchange(status=413)
RESET = exchange(outcome=Outcome.RESET, status=None)
BODY_CHECKS = (bodies.unbounded_body, bodies.unbounded_chunked_body)


def large(first: Exchange, again: Exchange | None = None, after: Exchange = SERVED, sent: int = 1000) -> Any:
    return bodies.LargeBody(SERVED, first, again, after, bodies.LARGE, sent)


@pytest.mark.parametrize("check", BODY_CHECKS, ids=lambda check: check.id)
def test_a_large_body_is_refused(check: Any) -> None:
    assert status(check, large(SERVED, SERVED)) is Status.FAIL
    assert status(check, large(REFUSED)) is Status.PASS
    assert status(check, large(RESET)) is Status.PASS
    assert status(check, large(SERVED, REFUSED)) is Status.NOT_OBSERVED
    assert status(check, large(RESET, after=silence())) is Status.NOT_OBSERVED
    assert status(check, large(silence(), sent=bodies.LARGE + 500)) is Status.NOT_OBSERVED


def test_a_compressed_body_is_not_unpacked_to_any_size() -> None:
    check, facts = bodies.inflates_any_body, bodies.CompressedBody
    assert status(check, facts(SERVED, (exchange(status=415),), None, "", 0)) is Status.PASS
    assert status(check, facts(SERVED, (SERVED,), large(REFUSED), "gzip", 16000)) is Status.PASS
    (verdict,) = verdicts(check, facts(SERVED, (SERVED,), large(SERVED, SERVED), "gzip", 16384))
    assert verdict.status is Status.FAIL
    assert "16 KiB of gzip" in verdict.message
    assert status(check, facts(SERVED, (silence(),), None, "", 0)) is Status.NOT_OBSERVED


def test_a_line_has_a_bound() -> None:
    reading = ProcessReading(1, "python", 1, 50 << 20, 10, 2)
    check, facts = bodies.unbounded_line, bodies.LongLine
    assert status(check, facts(SERVED, SERVED, SERVED, reading, reading)) is Status.FAIL
    assert status(check, facts(SERVED, refusal(-32700), SERVED, reading, reading)) is Status.PASS
    assert status(check, facts(SERVED, silence(), SERVED, reading, reading)) is Status.PASS
    assert status(check, facts(SERVED, silence(), silence(), reading, reading)) is Status.NOT_OBSERVED
    ended = exchange(outcome=Outcome.CLOSED, status=None, note="exit code 0; stderr: too long")
    crashed = exchange(outcome=Outcome.CLOSED, status=None, note="exit code -9")
    assert status(check, facts(SERVED, ended, ended, reading, reading)) is Status.PASS
    assert status(check, facts(SERVED, crashed, crashed, reading, reading)) is Status.NOT_OBSERVED


def test_the_padding_makes_the_size_and_the_id_comes_last() -> None:
    body = bodies.padded({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": {"a": 1}}}, 5000, 777)
    assert abs(len(body) - 5000) < 10
    assert body.endswith(b'"id": 777}')
    assert b'"a": 1' in body


FLOOD_CHECKS = (floods.session_flood, floods.stream_flood, floods.call_flood, slow_clients.slow_clients_stop_others)
BUSY = exchange(status=503)
ASKED_TO_WAIT = exchange(status=503, headers=(("retry-after", "1"),))
LATE = exchange(result={}, elapsed_ms=9000.0)


@pytest.mark.parametrize("check", FLOOD_CHECKS, ids=lambda check: check.id)
def test_others_are_served_while_one_client_asks_for_much(check: Any) -> None:
    def flood(*during: Exchange, after: Exchange = SERVED, before: Exchange = SERVED) -> floods.Flood:
        return floods.Flood("open sessions", before, during, after, 200, 0)

    assert status(check, flood(SERVED)) is Status.PASS
    assert status(check, flood(BUSY, SERVED)) is Status.PASS
    assert status(check, flood(ASKED_TO_WAIT, ASKED_TO_WAIT)) is Status.PASS
    assert status(check, flood(BUSY, BUSY)) is Status.FAIL
    assert status(check, flood(LATE, silence())) is Status.FAIL
    assert status(check, flood(SERVED, after=silence())) is Status.FAIL
    assert status(check, flood(SERVED, before=silence())) is Status.NOT_OBSERVED


def test_a_slow_call_stalls_nobody_else() -> None:
    check = stalls.slow_call_stalls_others
    slow = exchange(result={"content": []}, elapsed_ms=1000.0)
    served = stalls.Beside(slow, 150.0, SERVED)
    stalled = stalls.Beside(slow, 150.0, exchange(result={}, elapsed_ms=800.0))
    assert status(check, stalls.Stall(SERVED, (served,))) is Status.PASS
    assert status(check, stalls.Stall(SERVED, (stalled, stalled))) is Status.FAIL
    assert status(check, stalls.Stall(SERVED, (stalled, served))) is Status.PASS
    assert status(check, stalls.Stall(SERVED, (stalls.Beside(silence(), 150.0, SERVED),))) is Status.NOT_OBSERVED


def test_a_request_that_came_after_the_slow_call_shows_nothing() -> None:
    check = stalls.slow_call_stalls_others
    quick = exchange(result={"content": []}, elapsed_ms=100.0)
    late = stalls.Beside(quick, 150.0, SERVED)
    assert status(check, stalls.Stall(SERVED, (late, late))) is Status.NOT_OBSERVED


def test_headers_break_nothing() -> None:
    check, facts = heavy_requests.breaks_on_headers, heavy_requests.HeaderFlood
    assert status(check, facts(SERVED, (Trial("500 headers", exchange(status=431)),), (SERVED,))) is Status.PASS
    assert status(check, facts(SERVED, (Trial("500 headers", SERVED),), (SERVED,))) is Status.PASS
    assert status(check, facts(SERVED, (Trial("500 headers", exchange(status=500)),), (SERVED,))) is Status.FAIL
    assert status(check, facts(SERVED, (Trial("500 headers", RESET),), (silence(),))) is Status.FAIL
    assert status(check, facts(SERVED, (Trial("500 headers", SERVED),), (REFUSED,))) is Status.NOT_OBSERVED


def test_heavy_json_takes_no_longer_than_light_json_of_its_size() -> None:
    check = heavy_requests.slow_on_heavy_json

    def facts(first: Exchange, again: Exchange | None = None, after: Exchange = SERVED) -> heavy_requests.HeavyRequests:
        return heavy_requests.HeavyRequests(SERVED, (heavy_requests.Heavy("70,000 members", first, again, after),))

    assert status(check, facts(SERVED)) is Status.PASS
    assert status(check, facts(LATE, SERVED)) is Status.PASS
    assert status(check, facts(LATE, LATE)) is Status.FAIL
    assert status(check, facts(RESET, after=silence())) is Status.FAIL
    assert status(check, facts(SERVED, after=REFUSED)) is Status.NOT_OBSERVED


def test_nothing_dies_of_a_disconnect() -> None:
    check, facts = slow_clients.dies_of_disconnect, slow_clients.BrokenOff
    assert status(check, facts(SERVED, ("in its head",), (SERVED,), "")) is Status.PASS
    assert status(check, facts(SERVED, ("in its head",), (silence(), BUSY), "in its head")) is Status.FAIL


def test_nothing_dies_of_a_cancellation() -> None:
    check, facts = slow_clients.dies_of_cancellation, slow_clients.Cancellations
    twice = exchange(messages=({"id": 1, "result": {}}, {"id": 1, "error": {"code": 0}}))
    assert status(check, facts(SERVED, (silence(), SERVED), (SERVED,))) is Status.PASS
    assert status(check, facts(SERVED, (twice,), (SERVED,))) is Status.FAIL
    assert status(check, facts(SERVED, (SERVED,), (BUSY, BUSY))) is Status.FAIL
    assert status(check, facts(SERVED, (SERVED,), (exchange(status=404),))) is Status.NOT_OBSERVED
