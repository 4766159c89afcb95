"""The circuit breaker, by its table."""

import pytest
from oraclepack_mcp.errors import DomainError, ErrorCode
from oraclepack_mcp.telemetry.breaker import Breaker, State


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("The oracle program", failures=3, cooldown_s=30, clock=clock)


def call(breaker: Breaker, error: BaseException | None = None) -> None:
    with breaker.guard():
        if error is not None:
            raise error


def state(breaker: Breaker) -> State:
    return breaker.state


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(OSError, match="down"):
            call(breaker, OSError("down"))


def test_it_opens_after_failures_in_a_row_and_says_when_to_come_back(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10.5

    with pytest.raises(DomainError) as refused:
        call(breaker)

    assert state(breaker) == "open"
    assert refused.value.code == "UNAVAILABLE"
    assert refused.value.details == {"retry_after_s": 20}


def test_a_success_between_failures_closes_the_count(breaker: Breaker) -> None:
    fail(breaker, 2)
    call(breaker)
    fail(breaker, 2)

    assert state(breaker) == "closed"


def test_after_the_cooldown_one_call_decides(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 30
    assert state(breaker) == "half-open"
    fail(breaker)
    assert state(breaker) == "open"
    clock.now += 30
    call(breaker)

    assert state(breaker) == "closed"


def test_while_one_call_is_on_trial_the_others_are_refused(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 30

    with breaker.guard(), pytest.raises(DomainError, match="UNAVAILABLE"):
        call(breaker)

    assert state(breaker) == "closed"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a fault of ours")])
def test_what_says_nothing_about_the_dependency_gives_the_trial_to_the_next(
    breaker: Breaker, clock: Clock, error: BaseException
) -> None:
    fail(breaker, 3)
    clock.now += 30

    with pytest.raises(type(error)):
        call(breaker, error)

    assert state(breaker) == "half-open"
    call(breaker)
    assert state(breaker) == "closed"


@pytest.mark.parametrize(("code", "state"), [("TIMEOUT", "open"), ("UNAVAILABLE", "open"), ("NOT_FOUND", "closed")])
def test_a_domain_error_counts_when_its_code_means_that_nobody_answered(
    breaker: Breaker, code: ErrorCode, state: str
) -> None:
    for _ in range(3):
        with pytest.raises(DomainError):
            call(breaker, DomainError(code, "no"))

    assert breaker.state == state
