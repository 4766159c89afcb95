"""A token confirms one subject, for one caller, for five minutes, once."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.tokens import NoncesInMemory, PlanTokens

KEY = bytes(range(32))


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1_000_000.5

    def __call__(self) -> float:
        """The moment."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> PlanTokens:
    return PlanTokens(KEY, NoncesInMemory(), clock)


def refusal(tokens: PlanTokens, token: str, subject: str = "plan", principal: str = "ann") -> str:
    with pytest.raises(DomainError) as caught:
        tokens.redeem(token, subject, principal)
    return caught.value.code


def test_a_token_is_good_once(tokens: PlanTokens) -> None:
    token = tokens.issue("plan", "ann").token
    tokens.redeem(token, "plan", "ann")

    assert refusal(tokens, token) == "NOT_CONFIRMED"


def test_each_token_is_another(tokens: PlanTokens) -> None:
    assert tokens.issue("plan", "ann").token != tokens.issue("plan", "ann").token


def test_a_token_of_another_caller_is_refused_and_stays_good_for_that_one(tokens: PlanTokens) -> None:
    token = tokens.issue("plan", "ann").token

    assert refusal(tokens, token, principal="bob") == "NOT_CONFIRMED"
    tokens.redeem(token, "plan", "ann")


def test_a_token_for_another_plan_is_stale_and_stays_good_for_that_one(tokens: PlanTokens) -> None:
    token = tokens.issue("plan", "ann").token

    assert refusal(tokens, token, subject="changed plan") == "PLAN_STALE"
    tokens.redeem(token, "plan", "ann")


def test_a_token_expires(tokens: PlanTokens, clock: Clock) -> None:
    issued = tokens.issue("plan", "ann")
    assert issued.expires_at == 1_000_300

    clock.now = 1_000_300.0
    assert refusal(tokens, issued.token) == "NOT_CONFIRMED"
    clock.now = 1_000_299.9
    tokens.redeem(issued.token, "plan", "ann")


def test_a_token_that_has_expired_is_not_good_again_although_its_nonce_is_forgotten(
    tokens: PlanTokens, clock: Clock
) -> None:
    token = tokens.issue("plan", "ann").token
    tokens.redeem(token, "plan", "ann")
    clock.now += 301
    tokens.redeem(tokens.issue("plan", "ann").token, "plan", "ann")

    assert refusal(tokens, token) == "NOT_CONFIRMED"


def test_workers_that_share_key_and_nonces_take_the_tokens_of_each_other_once(clock: Clock) -> None:
    nonces = NoncesInMemory()
    workers = [PlanTokens(KEY, nonces, clock), PlanTokens(KEY, nonces, clock)]
    token = workers[0].issue("plan", "ann").token
    workers[1].redeem(token, "plan", "ann")

    assert refusal(workers[0], token) == "NOT_CONFIRMED"


def test_a_token_under_another_key_is_refused(tokens: PlanTokens) -> None:
    other = replace(tokens, key=bytes(32))

    assert refusal(tokens, other.issue("plan", "ann").token) == "NOT_CONFIRMED"


def test_of_many_threads_one_redeems_a_token(tokens: PlanTokens) -> None:
    token = tokens.issue("plan", "ann").token

    def redeem(_number: int) -> bool:
        try:
            tokens.redeem(token, "plan", "ann")
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(redeem, range(50))) == 1


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_of_a_token_can_be_changed(position: int, change: int) -> None:
    tokens = PlanTokens(KEY, NoncesInMemory(), Clock())
    whole = bytearray(base64.urlsafe_b64decode(tokens.issue("plan", "ann").token))
    whole[position % len(whole)] ^= change

    assert refusal(tokens, base64.urlsafe_b64encode(whole).decode()) == "NOT_CONFIRMED"


@given(st.text(max_size=300))
def test_any_other_text_is_refused(text: str) -> None:
    assert refusal(PlanTokens(KEY, NoncesInMemory(), Clock()), text) == "NOT_CONFIRMED"


def test_a_key_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PlanTokens(b"short", NoncesInMemory())
