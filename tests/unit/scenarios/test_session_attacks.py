"""The attacks on sessions judge hand-built exchanges, and ids that are known to be good or bad."""

import random
import secrets
import time
import uuid
from collections.abc import Callable

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks import cross_talk, session_prediction, session_strays, session_streams
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status, verdicts

CONTROL = exchange(result={})
NO = refusal(status=404)
GAMES = random.Random(5)  # noqa: S311 - bad on purpose, or repeatable
STREAM = (("content-type", "text/event-stream"),)


def opening(name: str | None) -> Exchange:
    return exchange(result={}, headers=() if name is None else (("mcp-session-id", name),))


def drawn(make: Callable[[int], str], count: int = 60) -> session_prediction.ManyIds:
    return session_prediction.ManyIds(tuple(opening(make(number)) for number in range(count)))


def linear(number: int, modulus: int = 2**64) -> int:
    value = 42
    for _ in range(number + 1):
        value = (6364136223846793005 * value + 1442695040888963407) % modulus
    return value


def repeating(number: int) -> str:
    """Characters that repeat those of the id before, four times out of five."""
    rng = random.Random(1)  # noqa: S311 - repeatable
    text = [rng.choice("0123456789abcdef") for _ in range(32)]
    for _ in range(number):
        text = [old if rng.random() < 0.9 else rng.choice("0123456789abcdef") for old in text]
    return "".join(text)


GOOD: dict[str, Callable[[int], str]] = {
    "uuid4": lambda _: str(uuid.UUID(int=GAMES.getrandbits(128), version=4)),
    "hex of 128 bits": lambda _: secrets.token_hex(16),
    "base64 of 128 bits": lambda _: secrets.token_urlsafe(16),
    "base64 of 256 bits": lambda _: secrets.token_urlsafe(32),
    "a prefix of a load balancer": lambda _: f"node-7.{secrets.token_hex(16)}",
    "a time and 80 bits": lambda number: f"{1_790_000_000_000 + 7 * number:012x}{secrets.token_hex(10)}",
    "capital letters": lambda _: "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(26)),
    "decimal of 128 bits": lambda _: f"{secrets.randbits(128):039d}",
}
BAD: dict[str, Callable[[int], str]] = {
    "multiples of one number": lambda number: f"{(number + 5) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032x}",
    "a linear generator": lambda number: f"{linear(number):016x}{linear(number):016x}",
    "characters that stay": repeating,
}


@pytest.mark.parametrize("name", GOOD)
def test_ids_of_secure_generators_pass(name: str) -> None:
    for _ in range(5):
        assert status(session_prediction.next_id_follows, drawn(GOOD[name])) is Status.PASS


@pytest.mark.parametrize("name", BAD)
def test_ids_that_can_be_computed_are_found(name: str) -> None:
    (verdict,) = verdicts(session_prediction.next_id_follows, drawn(BAD[name]))
    assert verdict.status is Status.FAIL, verdict.message
    assert "session ids in a row" in verdict.message


def test_a_few_ids_or_none_prove_nothing() -> None:
    check = session_prediction.next_id_follows
    assert status(check, drawn(GOOD["uuid4"], 20)) is Status.NOT_OBSERVED
    assert status(check, session_prediction.ManyIds((opening(None),))) is Status.NOT_APPLICABLE
    assert status(check, drawn(lambda number: f"session-{number}")) is Status.NOT_OBSERVED
    assert status(check, drawn(lambda number: f"{time.time_ns() + number}")) is Status.NOT_OBSERVED


def test_an_id_that_nobody_was_given_stands_for_nothing() -> None:
    check = session_strays.serves_odd_id
    assert status(check, session_strays.OddIds(CONTROL, NO, (Trial("a pattern", NO),))) is Status.PASS
    assert status(check, session_strays.OddIds(CONTROL, NO, (Trial("a pattern", CONTROL),))) is Status.FAIL
    assert status(check, session_strays.OddIds(CONTROL, CONTROL, ())) is Status.NOT_APPLICABLE
    assert status(check, session_strays.OddIds(CONTROL, None, ())) is Status.NOT_APPLICABLE
    assert status(check, session_strays.OddIds(CONTROL, NO, (Trial("a pattern", silence()),))) is Status.NOT_OBSERVED


def test_a_refused_request_leaves_no_session_that_works() -> None:
    check = session_strays.refused_request_opens_session
    dead = session_strays.Refused("a notification", refusal(status=400), NO)
    live = session_strays.Refused("a notification", refusal(status=400), CONTROL)
    facts = session_strays.RefusedOpenings
    assert status(check, facts(opening("a"), (dead,), NO)) is Status.PASS
    assert status(check, facts(opening("a"), (live,), NO)) is Status.FAIL
    assert status(check, facts(opening(None), (live,), NO)) is Status.NOT_APPLICABLE
    assert status(check, facts(opening("a"), (live,), CONTROL)) is Status.NOT_APPLICABLE
    silent = session_strays.Refused("a notification", silence(), None)
    assert status(check, facts(opening("a"), (silent,), NO)) is Status.NOT_OBSERVED


def test_the_stream_of_an_ended_session_does_not_open() -> None:
    check = session_strays.stream_after_end
    live = exchange(status=200, headers=STREAM)
    gone, ended = exchange(status=404), exchange(status=200)
    facts = session_strays.EndedStream
    assert status(check, facts(live, ended, gone)) is Status.PASS
    assert status(check, facts(live, ended, live, live)) is Status.FAIL
    assert status(check, facts(exchange(status=405))) is Status.NOT_APPLICABLE
    assert status(check, facts(live, exchange(status=405), live, live)) is Status.NOT_APPLICABLE
    assert status(check, facts(live, ended, silence())) is Status.NOT_OBSERVED


def marked(marker: str, body: str) -> cross_talk.Marked:
    return cross_talk.Marked(marker, exchange(result={}, body=body))


def test_no_client_gets_what_another_one_asked_for() -> None:
    check, own = cross_talk.answer_of_another_client, marked("m0", "m0")
    right = (marked("m1", "says m1"), marked("m2", "says m2"))
    assert status(check, cross_talk.Crowd(own, right)) is Status.PASS
    assert status(check, cross_talk.Crowd(own, (marked("m1", "says m2"), right[1]))) is Status.FAIL
    assert status(check, cross_talk.Crowd(own, (marked("m1", ""), marked("m2", "")))) is Status.NOT_OBSERVED


def test_a_connection_remembers_nothing() -> None:
    check, facts = cross_talk.connection_remembers, cross_talk.KeptConnection
    assert status(check, facts(NO, CONTROL, NO)) is Status.PASS
    assert status(check, facts(NO, CONTROL, CONTROL, CONTROL)) is Status.FAIL
    assert status(check, facts(NO, CONTROL, silence())) is Status.NOT_OBSERVED
    assert status(check, facts(CONTROL, CONTROL, CONTROL, CONTROL)) is Status.NOT_OBSERVED


def test_nobody_replays_the_messages_of_another_session() -> None:
    check, facts = session_streams.replays_another_session, session_streams.Replay
    empty, foreign = exchange(status=200, body=""), exchange(status=200, body='{"id": "mark"}')
    assert status(check, facts(CONTROL, "mark", (empty,))) is Status.PASS
    assert status(check, facts(CONTROL, "mark", (foreign, foreign))) is Status.FAIL
    assert status(check, facts(CONTROL, "mark", (foreign, empty))) is Status.NOT_OBSERVED
    assert status(check, facts(CONTROL, "mark")) is Status.NOT_APPLICABLE


def test_a_second_stream_ends_no_first_one() -> None:
    check, facts = session_streams.second_stream_displaces_first, session_streams.TwoGets
    stream, open_still, over = exchange(status=200), exchange(note="stream still open"), exchange(note="ended")
    assert status(check, facts(stream, exchange(status=409), open_still)) is Status.PASS
    assert status(check, facts(stream, stream, open_still)) is Status.PASS
    assert status(check, facts(stream, stream, over, over)) is Status.FAIL
    assert status(check, facts(exchange(status=405))) is Status.NOT_APPLICABLE
    assert status(check, facts(stream, silence(), open_still)) is Status.NOT_OBSERVED


def test_nobody_joins_the_stream_of_another_user() -> None:
    check, facts = session_streams.stream_open_to_others, session_streams.ForeignStream
    stream = exchange(status=200, headers=STREAM)
    assert status(check, facts(CONTROL, NO, stream, exchange(status=404))) is Status.PASS
    assert status(check, facts(CONTROL, NO, stream, stream, stream)) is Status.FAIL
    assert status(check, facts(CONTROL, NO, stream, stream, NO)) is Status.NOT_OBSERVED
    assert status(check, facts(CONTROL, NO, exchange(status=405))) is Status.NOT_APPLICABLE
    assert status(check, facts(CONTROL, NO, stream, silence())) is Status.NOT_OBSERVED


def test_a_stream_that_is_open_to_everybody_anyway_is_the_finding_of_another_check() -> None:
    check, facts = session_streams.stream_open_to_others, session_streams.ForeignStream
    stream = exchange(status=200, headers=STREAM)
    assert status(check, facts(CONTROL, stream, stream)) is Status.NOT_OBSERVED
