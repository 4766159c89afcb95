"""The model of the lifecycle that fuzzing holds servers to, and how steps are judged by it."""

import pytest
from hypothesis import HealthCheck, find, settings
from mcp_audit_harness.model import Era, Exchange, Outcome, Revision, Status, Transport
from mcp_audit_harness.model.fuzzing import Fuzzed, FuzzedOperation, FuzzFailure
from mcp_audit_scenarios.fuzz import lifecycles
from mcp_audit_scenarios.fuzz.lifecycles_oracles import BREAKS, ENDED, FORGETS, flaw_of, task_flaw
from mcp_audit_scenarios.fuzz.machine import (
    MOST_STEPS,
    Action,
    Conversation,
    Expected,
    Step,
    actions,
    lifecycle_steps,
)

from tests.exchanges import exchange, refusal, status

SERVED, REFUSED, ANYTHING = Expected.SERVED, Expected.REFUSED, Expected.ANYTHING
CHECKS = {
    BREAKS: lifecycles.breaks_lifecycle,
    FORGETS: lifecycles.forgets_session,
    ENDED: lifecycles.serves_ended_session,
}


def _operating() -> Conversation:
    model = Conversation(Era.HANDSHAKE)
    model.opened()
    model.did(Action.INITIALIZED, served=True)
    return model


def test_before_the_handshake_is_complete_only_a_ping_has_to_be_served() -> None:
    model = Conversation(Era.HANDSHAKE)
    model.opened()
    assert [model.expects(action) for action in (Action.PING, Action.ASK)] == [SERVED, ANYTHING]


def test_in_operation_requests_have_to_be_served_whatever_was_said_before() -> None:
    model = _operating()
    for action in (Action.CANCEL, Action.INITIALIZED, Action.SUBSCRIBE, Action.SET_LEVEL):
        model.did(action, served=True)
    assert [model.expects(action) for action in (Action.PING, Action.ASK, Action.UNSUBSCRIBE)] == [SERVED] * 3


def test_an_ended_conversation_has_to_be_refused_until_it_is_opened_again() -> None:
    model = _operating()
    model.did(Action.END, served=True)
    assert [model.expects(action) for action in (Action.PING, Action.STREAM)] == [REFUSED, REFUSED]
    assert model.expects(Action.END) is ANYTHING


def test_an_end_that_was_refused_ends_nothing() -> None:
    model = _operating()
    model.did(Action.END, served=False)
    assert model.expects(Action.PING) is SERVED


def test_a_second_initialize_may_be_refused_and_then_changes_nothing() -> None:
    model = _operating()
    assert model.expects(Action.OPEN) is ANYTHING
    model.did(Action.OPEN, served=False)
    assert model.expects(Action.ASK) is SERVED
    model.did(Action.OPEN, served=True)
    assert model.expects(Action.ASK) is ANYTHING


def test_a_stream_that_was_just_closed_may_be_refused() -> None:
    model = _operating()
    assert model.expects(Action.STREAM) is SERVED
    model.did(Action.STREAM, served=True)
    assert model.expects(Action.STREAM) is ANYTHING


def test_without_a_handshake_every_request_has_to_be_served() -> None:
    model = Conversation(Era.STATELESS)
    assert [model.expects(action) for action in (Action.PING, Action.ASK, Action.LISTEN)] == [SERVED] * 3
    model.did(Action.LISTEN, served=True)
    assert model.expects(Action.PING) is SERVED


def test_each_revision_and_transport_has_its_own_actions() -> None:
    assert Action.TASK in actions(Revision.V2025_11_25)
    assert Action.TASK not in actions(Revision.V2025_06_18)
    assert Action.END not in actions(Revision.V2025_11_25, Transport.STDIO)
    assert set(actions(Revision.V2026_07_28)) >= {Action.LISTEN, Action.PING}


def test_steps_shrink_to_those_that_matter() -> None:
    wanted = [Step(Action.CANCEL), Step(Action.END)]

    def holds(steps: tuple[Step, ...]) -> bool:
        left = iter(steps)
        return all(step in left for step in wanted)

    quick = settings(max_examples=2000, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    assert find(lifecycle_steps("2025-11-25"), holds, settings=quick) == tuple(wanted)
    assert MOST_STEPS == 8


@pytest.mark.parametrize(
    ("expected", "answer", "found"),
    [
        (SERVED, exchange(result={}), []),
        (SERVED, refusal(), [BREAKS]),
        (SERVED, exchange(status=404), [FORGETS]),
        (SERVED, exchange(status=429), []),
        (SERVED, exchange(outcome=Outcome.SILENT), [BREAKS]),
        (ANYTHING, refusal(), []),
        (ANYTHING, exchange(status=500), [BREAKS]),
        (REFUSED, exchange(status=404), []),
        (REFUSED, refusal(), []),
        (REFUSED, exchange(result={}), [ENDED]),
    ],
)
def test_an_answer_is_judged_by_what_the_model_expects(expected: Expected, answer: Exchange, found: list[str]) -> None:
    assert [flaw.oracle for flaw in flaw_of(Action.PING, expected, answer)] == found


def test_a_task_may_not_leave_its_last_status() -> None:
    assert list(task_flaw("completed", "completed")) == []
    assert list(task_flaw(None, "working")) == []
    assert [flaw.oracle for flaw in task_flaw("cancelled", "completed")] == [BREAKS]


@pytest.mark.parametrize("oracle", CHECKS)
def test_each_check_judges_by_its_own_oracle(oracle: str) -> None:
    failure = FuzzFailure(
        oracle, "lifecycle", "a cause", "Wrong.", {"steps": ["ping a"]}, (refusal(),), exchange(result={})
    )
    played = FuzzedOperation("lifecycle", 5, samples=(exchange(result={}),))
    assert status(CHECKS[oracle], Fuzzed((played,), (failure,))) is Status.FAIL
    assert status(CHECKS[oracle], Fuzzed((played,))) is Status.PASS
    assert status(CHECKS[oracle], Fuzzed((FuzzedOperation("lifecycle", 0, note="no time"),))) is Status.NOT_OBSERVED
    assert status(CHECKS[oracle], Fuzzed(())) is Status.NOT_APPLICABLE
