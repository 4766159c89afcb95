"""The checks of sessions judge hand-built exchanges."""

import random
import uuid
from collections.abc import Iterable
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Verdict
from mcp_audit_scenarios.conformance import session_opening, session_use, sessions

from tests.exchanges import exchange, silence

CONTROL = exchange(result={})
RANDOM = random.Random(7)  # noqa: S311 - repeatable
GUID = [str(uuid.UUID(int=RANDOM.getrandbits(128), version=4)) for _ in range(20)]
NO = {"code": -32600, "message": "no"}


def status(check: Check, facts: Any) -> Status:
    found = check.judge(facts)
    assert isinstance(found, Verdict)
    return found.status


def opening(name: str | None, **fields: Any) -> Exchange:
    headers = () if name is None else (("mcp-session-id", name),)
    return exchange(**{"result": {}, "headers": headers, **fields})


def refused(code: int) -> Exchange:
    return exchange(error=NO, status=code)


def drawn(ids: Iterable[str | None]) -> sessions.SessionIds:
    return sessions.SessionIds(tuple(opening(name) for name in ids))


def test_a_session_id_is_visible_ascii() -> None:
    check = sessions.id_not_visible_ascii
    assert status(check, drawn(GUID)) is Status.PASS
    assert status(check, drawn([*GUID, "with space"])) is Status.FAIL
    assert status(check, drawn(["größe"])) is Status.FAIL
    assert status(check, drawn([None])) is Status.NOT_APPLICABLE


def test_no_two_sessions_have_the_same_id() -> None:
    check = sessions.id_repeats
    assert status(check, drawn(GUID)) is Status.PASS
    assert status(check, drawn([*GUID, GUID[0]])) is Status.FAIL
    assert status(check, drawn(GUID[:3])) is Status.NOT_OBSERVED
    assert status(check, drawn([None])) is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (GUID, Status.PASS),
        ([f"{RANDOM.getrandbits(128):032x}" for _ in range(20)], Status.PASS),
        ([f"0193a2b4-{RANDOM.getrandbits(80):020x}" for _ in range(20)], Status.PASS),
        ([f"session-{number:030}" for number in range(20)], Status.FAIL),
        ([f"{RANDOM.getrandbits(32):08x}" for _ in range(20)], Status.FAIL),
        ([f"{0x1D9B5A10 + number:08x}-7d1f-11ef-8a3e-0242ac120002" for number in range(20)], Status.FAIL),
        (["constant"] * 20, Status.NOT_OBSERVED),
        ([None], Status.NOT_APPLICABLE),
    ],
)
def test_a_session_id_cannot_be_guessed(ids: list[str | None], expected: Status) -> None:
    assert status(sessions.id_guessable, drawn(ids)) is expected


def test_places_that_never_change_carry_no_bits() -> None:
    assert sessions.varying_bits(["aaaa", "aaaa"]) == 0
    assert sessions.varying_bits(["id-1", "id-2", "id-10"]) == pytest.approx(3.32, abs=0.01)
    assert sessions.varying_bits(["f0", "0f"]) == 8


def use(**changed: Any) -> session_use.SessionUse:
    facts: dict[str, Any] = {
        "control": CONTROL,
        "assigned": True,
        "without": refused(400),
        "made_up": refused(404),
        "ended": exchange(status=200, verb="DELETE"),
        "after": refused(404),
    }
    return session_use.SessionUse(**{**facts, **changed})


UNASSIGNED = session_use.SessionUse(CONTROL, assigned=False)


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        (refused(400), Status.PASS),
        (refused(404), Status.FAIL),
        (exchange(result={}), Status.NOT_APPLICABLE),
        (silence(), Status.NOT_OBSERVED),
    ],
)
def test_a_missing_session_id_gives_400(without: Exchange, expected: Status) -> None:
    assert status(session_use.wrong_status_for_missing_id, use(without=without)) is expected
    assert status(session_use.wrong_status_for_missing_id, UNASSIGNED) is Status.NOT_APPLICABLE


def test_an_id_that_was_never_assigned_opens_nothing() -> None:
    check = session_use.serves_made_up_id
    assert status(check, use()) is Status.PASS
    assert status(check, use(made_up=refused(400))) is Status.PASS
    assert status(check, use(made_up=exchange(result={}))) is Status.FAIL
    assert status(check, use(made_up=exchange(result={}), without=exchange(result={}))) is Status.NOT_APPLICABLE
    assert status(check, use(made_up=silence())) is Status.NOT_OBSERVED
    assert status(check, UNASSIGNED) is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (exchange(status=204), Status.PASS),
        (exchange(status=405), Status.PASS),
        (exchange(status=404), Status.FAIL),
        (exchange(status=500), Status.FAIL),
        (silence(), Status.NOT_OBSERVED),
        (None, Status.NOT_APPLICABLE),
    ],
)
def test_delete_ends_a_session_or_is_not_allowed(ended: Exchange | None, expected: Status) -> None:
    assert status(session_use.delete_refused_without_405, use(ended=ended)) is expected


@pytest.mark.parametrize(
    ("changed", "served", "wrong"),
    [
        ({}, Status.PASS, Status.PASS),
        ({"after": refused(400)}, Status.PASS, Status.FAIL),
        ({"after": exchange(result={})}, Status.FAIL, Status.NOT_OBSERVED),
        ({"after": silence()}, Status.NOT_OBSERVED, Status.NOT_OBSERVED),
        ({"ended": exchange(status=405)}, Status.NOT_APPLICABLE, Status.NOT_APPLICABLE),
        ({"ended": silence()}, Status.NOT_OBSERVED, Status.NOT_OBSERVED),
        ({"ended": None}, Status.NOT_APPLICABLE, Status.NOT_APPLICABLE),
    ],
)
def test_an_ended_session_gives_404(changed: dict[str, Any], served: Status, wrong: Status) -> None:
    assert status(session_use.serves_ended_session, use(**changed)) is served
    assert status(session_use.wrong_status_for_ended_session, use(**changed)) is wrong


def test_the_server_chooses_the_session_id() -> None:
    check = session_opening.adopts_clients_id
    ours = opening(GUID[0])
    assert status(check, session_opening.ChosenId(ours, opening(GUID[1]), "mine")) is Status.PASS
    assert status(check, session_opening.ChosenId(ours, refused(404), "mine")) is Status.PASS
    assert status(check, session_opening.ChosenId(ours, opening("mine"), "mine")) is Status.FAIL
    assert status(check, session_opening.ChosenId(ours, silence(), "mine")) is Status.NOT_OBSERVED
    assert status(check, session_opening.ChosenId(opening(None), opening("mine"), "mine")) is Status.NOT_APPLICABLE
    silently = session_opening.ChosenId(ours, opening(GUID[1]), "mine", CONTROL, refused(404))
    assert status(check, silently) is Status.FAIL
    any_will_do = session_opening.ChosenId(ours, opening(GUID[1]), "mine", CONTROL, CONTROL)
    assert status(check, any_will_do) is Status.PASS


def test_a_refused_initialize_may_name_a_session_that_is_dead() -> None:
    check = session_opening.failed_initialize_opens_session
    failure = opening(GUID[0], result=None, error=NO)
    assert status(check, session_opening.FailedOpening(failure, None)) is Status.PASS
    assert status(check, session_opening.FailedOpening(failure, refused(404))) is Status.PASS
    assert status(check, session_opening.FailedOpening(failure, exchange(result={"tools": []}))) is Status.FAIL
    assert status(check, session_opening.FailedOpening(opening(GUID[0]), None)) is Status.NOT_OBSERVED
