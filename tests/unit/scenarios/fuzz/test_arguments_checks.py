"""Verdicts on what a search of arguments found."""

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_harness.model.fuzzing import Fuzzed, FuzzedOperation, FuzzFailure
from mcp_audit_scenarios.fuzz import arguments_checks
from mcp_audit_scenarios.fuzz.arguments_memory import memory_grows

from tests.exchanges import exchange, silence, status, subjects, verdicts

CHECKS = [one for one in vars(arguments_checks).values() if isinstance(one, Check)] + [memory_grows]
ORACLES = [one for one in CHECKS if one.id != "fuzz/unusable-schema"]
by_oracle = pytest.mark.parametrize("check", ORACLES, ids=lambda one: one.id)


def looked_at(*oracles: str) -> FuzzedOperation:
    return FuzzedOperation("tool:add", 40, 30, 10, samples=(exchange(result={}),), watched=oracles)


def failure(oracle: str, *, again: bool = True, control: Exchange | None = None) -> FuzzFailure:
    known = control if control is not None else exchange(result={})
    return FuzzFailure(oracle, "tool:add", "why", "It broke.", {}, (exchange(result={}),), known, again=again, cases=7)


@by_oracle
def test_a_failure_that_shows_again_fails(check: Check) -> None:
    seen = Fuzzed((looked_at(check.id),), (failure(check.id),))
    assert status(check, seen) is Status.FAIL
    assert subjects(check, seen) == ["tool:add"]
    assert len(verdicts(check, seen)[0].evidence) == 2


@by_oracle
def test_a_failure_that_does_not_show_again_is_not_observed(check: Check) -> None:
    seen = Fuzzed((looked_at(check.id),), (failure(check.id, again=False),))
    assert status(check, seen) is Status.NOT_OBSERVED


@by_oracle
def test_without_an_answered_control_nothing_fails(check: Check) -> None:
    seen = Fuzzed((looked_at(check.id),), (failure(check.id, control=silence()),))
    assert status(check, seen) is Status.NOT_OBSERVED


@by_oracle
def test_what_others_found_is_theirs(check: Check) -> None:
    seen = Fuzzed((looked_at(check.id),), (failure("fuzz/of-another-check"),))
    assert status(check, seen) is Status.PASS
    assert "40 cases" in verdicts(check, seen)[0].message


@by_oracle
def test_a_check_that_had_nothing_to_look_at_passes_not(check: Check) -> None:
    assert status(check, Fuzzed((looked_at(),))) in {Status.NOT_OBSERVED, Status.NOT_APPLICABLE}
    assert status(check, Fuzzed(())) in {Status.NOT_OBSERVED, Status.NOT_APPLICABLE}


def test_a_broken_schema_is_told_with_its_reason() -> None:
    broken = FuzzedOperation("tool:add", 0, broken_schema="nothing fits it", samples=(exchange(result={}),))
    check = arguments_checks.unusable_schema
    assert subjects(check, Fuzzed((looked_at(), broken))) == ["tool:add"]
    assert "nothing fits it" in verdicts(check, Fuzzed((broken,)))[0].message
    assert status(check, Fuzzed((looked_at(),))) is Status.PASS
    assert status(check, Fuzzed((FuzzedOperation("tool:add", 0, note="too large"),))) is Status.NOT_OBSERVED
