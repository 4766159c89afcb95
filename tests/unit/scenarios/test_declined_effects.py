"""What was declined is looked for in what the server shows."""

from mcp_audit_harness.model import Status
from mcp_audit_scenarios.attacks.declined_effects import Declined, DeclinedCalls, State, acts_after_decline

from tests.exchanges import exchange, silence, status, subjects


def state(*resources: str, clock: int = 0) -> State:
    listed = exchange(result={"resources": list(resources)}, method="resources/list")
    return State((listed, exchange(result={"content": clock}, method="tools/call")))


def declined(before: State, steady: State, after: State, settled: State, agreed: State) -> DeclinedCalls:
    call = exchange(result={"content": []}, method="tools/call")
    return DeclinedCalls((Declined("order", "decline", before, steady, call, after, settled, call, agreed),))


def test_an_effect_of_a_yes_alone_passes() -> None:
    none = state()
    assert status(acts_after_decline, declined(none, none, none, none, state("order"))) is Status.PASS


def test_an_effect_of_a_no_is_found() -> None:
    none, done = state(), state("order")
    assert subjects(acts_after_decline, declined(none, none, done, done, done)) == ["tool:order"]


def test_what_changes_by_itself_is_no_effect() -> None:
    states = [state(clock=time) for time in range(5)]
    assert status(acts_after_decline, declined(*states)) is Status.NOT_OBSERVED
    growing = declined(state(), state(), state("a"), state("a", "b"), state("a", "b", "c"))
    assert status(acts_after_decline, growing) is Status.NOT_OBSERVED


def test_where_not_even_a_yes_shows_nothing_is_judged() -> None:
    none = state()
    assert status(acts_after_decline, declined(none, none, none, none, none)) is Status.NOT_OBSERVED
    lost = State((silence(), silence()))
    assert status(acts_after_decline, declined(none, none, lost, lost, none)) is Status.NOT_OBSERVED
