"""What becomes of a server whose sessions end among their own messages."""

from mcp_audit_harness.model import Status
from mcp_audit_scenarios.attacks.ended_sessions import EndedMidway, dies_of_ended_session

from tests.exchanges import exchange, silence, status

OPENED = exchange(result={"protocolVersion": "2025-11-25"}, method="initialize")
ENDED = exchange(verb="DELETE", method=None)


def test_a_server_that_opens_further_sessions_passes() -> None:
    seen = EndedMidway(OPENED, (ENDED, ENDED), (OPENED, OPENED), dead=False)
    assert status(dies_of_ended_session, seen) is Status.PASS


def test_a_server_that_opens_none_any_more_fails() -> None:
    down = exchange(status=500, method="initialize")
    assert status(dies_of_ended_session, EndedMidway(OPENED, (ENDED,), (down, down), dead=True)) is Status.FAIL


def test_a_server_without_sessions_has_none_to_end() -> None:
    assert status(dies_of_ended_session, EndedMidway(OPENED, (), (), dead=False)) is Status.NOT_APPLICABLE


def test_silence_after_openings_that_worked_proves_nothing() -> None:
    seen = EndedMidway(silence(), (ENDED,), (silence(),), dead=False)
    assert status(dies_of_ended_session, seen) is Status.NOT_OBSERVED
