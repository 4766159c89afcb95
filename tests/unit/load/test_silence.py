"""How long nothing was answered while requests waited."""

import pytest
from mcp_audit_harness.load.generator.silence import Quiet, Silence, longest

_LONG = 100.0


def _followed(*happenings: tuple[str, float], end: float) -> list[Quiet]:
    silence = Silence(-1.0)
    for what, at in happenings:
        if what == "sent":
            silence.sent(at)
        else:
            silence.settled(at, answered=what == "answered")
    silence.end(end)
    return silence.kept


def test_a_stall_counts_from_the_last_answer_while_others_wait() -> None:
    kept = _followed(("sent", 0.0), ("sent", 0.5), ("answered", 1.0), ("answered", 4.0), end=5.0)

    assert longest([kept], _LONG) == pytest.approx(3.0)


def test_time_in_which_nothing_waited_is_no_silence() -> None:
    kept = _followed(("sent", 0.0), ("answered", 0.1), ("sent", 50.0), ("answered", 50.3), end=51.0)

    assert longest([kept], _LONG) == pytest.approx(0.3)


def test_what_was_given_up_was_not_answered() -> None:
    kept = _followed(("sent", 0.0), ("given up", 2.0), ("sent", 2.0), ("answered", 5.0), end=6.0)

    assert longest([kept], _LONG) == pytest.approx(5.0)


def test_a_target_that_never_answers_is_silent_till_the_end() -> None:
    assert longest([_followed(("sent", 1.0), end=8.0)], _LONG) == pytest.approx(7.0)


def test_the_warm_up_and_what_follows_the_run_do_not_count() -> None:
    kept = _followed(("sent", -0.9), ("answered", 1.0), ("sent", 1.0), end=9.0)

    assert longest([kept], 4.0) == pytest.approx(3.0)
    assert longest([_followed(("sent", -0.9), ("answered", -0.2), end=0.0)], 4.0) == 0.0


def test_an_answer_to_any_process_ends_the_silence_of_all() -> None:
    one = _followed(("sent", 0.0), ("answered", 4.0), end=4.05)
    other = _followed(("sent", 0.0), ("answered", 1.0), ("sent", 1.0), ("answered", 4.0), end=4.05)

    assert longest([one, other], _LONG) == pytest.approx(3.0)


def test_a_request_that_waits_in_one_process_is_enough() -> None:
    idle = _followed(end=6.0)
    waiting = _followed(("sent", 2.0), ("answered", 5.0), end=6.0)

    assert longest([idle, waiting], _LONG) == pytest.approx(3.0)
