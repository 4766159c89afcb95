"""Whatever a target answers, every check of the catalogue comes to a verdict, and to the same one again."""

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Status, Verdict
from mcp_audit_scenarios import catalogue

from tests.unit.scenarios.hostile_facts import FactsMaker, vocabulary

_CHECKS = catalogue().checks
_SCENARIOS = sorted({check.scenario.name for check in _CHECKS})


@cache
def _judges(scenario: str) -> tuple[Check, ...]:
    return tuple(check for check in _CHECKS if check.scenario.name == scenario)


def _verdicts(check: Check, seen: Any) -> Sequence[Verdict]:
    try:
        found = check.judge(seen)
    except Exception as error:
        error.add_note(f"raised by the check {check.id}, which judged {seen}")
        raise
    return [found] if isinstance(found, Verdict) else found


@pytest.mark.parametrize("scenario", _SCENARIOS)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(size=st.integers(0, 4), seed=st.integers(0, 2**32))
def test_every_check_of_the_scenario_judges_any_facts(scenario: str, size: int, seed: int) -> None:
    checks = _judges(scenario)
    random = Random(seed)  # noqa: S311 - nothing is secret here
    seen = FactsMaker(random, size, vocabulary(checks)).make(checks[0].scenario.facts)
    for check in checks:
        found = _verdicts(check, seen)
        assert found, check.id
        assert all(isinstance(verdict, Verdict) for verdict in found), check.id
        assert all(verdict.message for verdict in found if verdict.status is not Status.PASS), check.id
        assert all(verdict.evidence for verdict in found if verdict.status in {Status.PASS, Status.FAIL}), check.id
        assert len(found) == 1 or {verdict.status for verdict in found} == {Status.FAIL}, check.id
        assert _verdicts(check, seen) == found, check.id


def test_no_check_is_left_out() -> None:
    judged = [check.id for scenario in _SCENARIOS for check in _judges(scenario)]
    assert sorted(judged) == sorted(check.id for check in catalogue().checks)
