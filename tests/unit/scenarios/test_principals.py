from typing import TypeAlias

from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks import handles, principals, scopes
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status

PONG = exchange(result={})
GONE = refusal(-32600, status=404)
STREAM = exchange(verb="GET", method=None, messages=(), headers=(("content-type", "text/event-stream"),))
TASK = exchange(result={"taskId": "t", "status": "working"}, method="tasks/get")
UNKNOWN = refusal(-32602)


def intrusion(other: Exchange, after: Exchange = PONG) -> principals.Intrusion:
    return principals.Intrusion(PONG, other, after)


Seen: TypeAlias = tuple[principals.Intrusion, ...]


def intrusions(*, listening: Seen = (), ending: Seen = (), assigned: bool = True) -> principals.Intrusions:
    return principals.Intrusions(PONG, listening, ending, assigned)


def test_the_stream_of_a_session_is_for_its_owner() -> None:
    check = principals.stream_open_to_others
    assert status(check, intrusions(listening=(intrusion(GONE),))) is Status.PASS
    assert status(check, intrusions(listening=(intrusion(STREAM), intrusion(STREAM)))) is Status.FAIL
    assert status(check, intrusions(listening=(intrusion(STREAM), intrusion(GONE)))) is Status.PASS
    assert status(check, intrusions(listening=(intrusion(silence()),))) is Status.NOT_OBSERVED
    assert status(check, intrusions(listening=(intrusion(exchange(status=405)),))) is Status.NOT_APPLICABLE
    assert status(check, intrusions(assigned=False)) is Status.NOT_APPLICABLE


def test_a_session_is_ended_by_its_owner() -> None:
    check = principals.session_ended_by_others
    ended = intrusion(exchange(status=204), GONE)
    assert status(check, intrusions(ending=(intrusion(GONE),))) is Status.PASS
    assert status(check, intrusions(ending=(ended, ended))) is Status.FAIL
    assert status(check, intrusions(ending=(ended,))) is Status.NOT_OBSERVED
    assert status(check, intrusions(assigned=False)) is Status.NOT_APPLICABLE


def claims(plain: Exchange, claimed: Exchange, again: Exchange | None = None) -> principals.Claims:
    repeated = () if again is None else (Trial("_meta", again),)
    return principals.Claims(TASK, plain, (Trial("_meta", claimed),), repeated)


def test_nobody_is_somebody_else_by_saying_so() -> None:
    check = principals.believes_claimed_identity
    assert status(check, claims(UNKNOWN, UNKNOWN)) is Status.PASS
    assert status(check, claims(UNKNOWN, TASK, TASK)) is Status.FAIL
    assert status(check, claims(TASK, TASK, TASK)) is Status.NOT_OBSERVED
    assert status(check, claims(UNKNOWN, silence())) is Status.NOT_OBSERVED


def said(text: str, **fields: object) -> Exchange:
    return exchange(result={"content": [{"type": "text", "text": text}]}, method="tools/call", **fields)  # type: ignore[arg-type]


def foreign(shown: Exchange, made_up: Exchange | None = None) -> handles.ForeignObject:
    return handles.ForeignObject(
        PONG, said('{"note_id": "x"}'), said("marker"), shown, shown, made_up or said("no such note"), "marker", "show"
    )


def test_what_one_user_made_is_not_shown_to_another() -> None:
    check = handles.serves_foreign_object
    assert status(check, foreign(said("no such note"))) is Status.PASS
    assert status(check, foreign(said("marker"))) is Status.FAIL
    assert status(check, foreign(said("marker"), made_up=said("marker"))) is Status.NOT_OBSERVED
    assert status(check, foreign(silence())) is Status.NOT_OBSERVED


def test_handles_are_not_counted() -> None:
    check = handles.handle_guessable
    drawn = tuple(f"{number * 7919:032x}"[::-1] for number in range(8))
    random = (
        "9f1c0a52e67b4d3c8a7e6f5d4c3b2a19",
        "03c4d5e6f708192a3b4c5d6e7f8091a2",
        "7a69584736251403f2e1d0cfbead9c8b",
        "e5f60718293a4b5c6d7e8f90a1b2c3d4",
        "1b2c3d4e5f60718293a4b5c6d7e8f901",
    )
    assert status(check, handles.Handles((PONG,), random, "keep")) is Status.PASS
    assert status(check, handles.Handles((PONG,), drawn, "keep")) is Status.FAIL
    assert status(check, handles.Handles((PONG,), ("1", "2"), "keep")) is Status.NOT_OBSERVED


def changing(*narrow: Exchange) -> scopes.ChangingTools:
    wide = refusal(-32602)
    return scopes.ChangingTools(tuple(scopes.Attempted(f"tool{place}", wide, one) for place, one in enumerate(narrow)))


def test_rights_are_looked_at_before_arguments() -> None:
    check = scopes.scope_not_enforced
    assert status(check, changing(exchange(status=403), exchange(status=403))) is Status.PASS
    assert status(check, changing(refusal(-32602), exchange(status=403))) is Status.PASS
    assert status(check, changing(refusal(-32602), refusal(-32602))) is Status.FAIL
    assert status(check, changing(refusal(-32602))) is Status.NOT_OBSERVED
    assert status(check, changing()) is Status.NOT_OBSERVED
