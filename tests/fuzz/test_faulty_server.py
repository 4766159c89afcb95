"""Each fault of the argument checks: found within 500 cases at a fixed seed, and made as small as it can be."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import pytest
from mcp_audit_harness.calibration.reference import stdio_reference
from mcp_audit_harness.declare import Bench
from mcp_audit_harness.model import Status, Target
from mcp_audit_scenarios import catalogue

from tests.benches import served
from tests.fuzz.searching import fuzzed

pytestmark = [pytest.mark.e2e, pytest.mark.anyio, pytest.mark.timeout(300)]

LIST, ADD = "oraclepack_list_packs", "test_structured_content"
TOOLS: Final = (LIST, ADD)
CASES: Final = 500
MINIMAL: Final[dict[str, Any]] = {
    "fuzz/stops-answering": {"limit": 31},
    "fuzz/malformed-answer": {"recursive": False},
    "fuzz/accepts-invalid-arguments": {"0": None},
    "fuzz/internal-error": {"limit": 11},
    "fuzz/breaks-output-schema": {"limit": 21},
    "fuzz/leaks-internals": {"directory": ""},
    "fuzz/read-only-tool-changes-files": {"recursive": False},
    "fuzz/slow-for-small-input": {"limit": 1},
}
"""The arguments of the one call that it takes."""


BY_THEMSELVES: Final = frozenset(
    {
        "fuzz/dirty-stdout",
        "fuzz/idempotent-tool-fails-again",
        "fuzz/memory-grows",
        "fuzz/mixes-concurrent-answers",
        "fuzz/unusable-schema",
    }
)
"""Faults that show in more than one call, or in none; each has a test of its own."""


def _call(arguments: Any, tool: str = LIST) -> dict[str, Any]:
    return {"method": "tools/call", "params": {"name": tool, "arguments": arguments}}


@pytest.mark.parametrize("fault", MINIMAL)
async def test_a_fault_is_found_and_made_small(fault: str) -> None:
    with served((fault,), Bench.PLANTED) as target:
        facts, report = await fuzzed(target, cases=CASES, tools=TOOLS)
    (failure,) = facts.failures
    assert (failure.oracle, failure.subject) == (fault, f"tool:{LIST}")
    assert failure.minimal == _call(MINIMAL[fault])
    assert failure.again
    assert failure.cases <= CASES
    assert {result.check for result in report.results if result.status is Status.FAIL} == {fault}


def test_every_fault_of_the_arguments_is_looked_for_here() -> None:
    of_arguments = {check.id for check in catalogue().checks if check.scenario.name.startswith("arguments")}
    assert of_arguments == {*MINIMAL, *BY_THEMSELVES}


async def test_a_call_that_fails_the_second_time_is_shown_twice() -> None:
    fault = "fuzz/idempotent-tool-fails-again"
    with served((fault,), Bench.PLANTED) as target:
        facts, _ = await fuzzed(target, cases=CASES, tools=TOOLS)
    (failure,) = facts.failures
    assert failure.minimal == {"steps": [_call({"pattern": "0"})] * 2}
    assert failure.again


async def test_two_calls_whose_answers_are_mixed_are_shown_together() -> None:
    fault = "fuzz/mixes-concurrent-answers"
    with served((fault,), Bench.PLANTED) as target:
        facts, _ = await fuzzed(target, cases=CASES, tools=TOOLS)
    (failure,) = facts.failures
    assert failure.minimal["together"] is True
    steps = failure.minimal["steps"]
    assert _call({"left": 0}, ADD) in steps
    (other,) = [step for step in steps if step != _call({"left": 0}, ADD)]
    assert other in [_call({"left": 1}, ADD), _call({"left": 0, "right": 0}, ADD)]
    assert failure.again


async def test_a_schema_that_contradicts_itself_is_named() -> None:
    fault = "fuzz/unusable-schema"
    with served((fault,), Bench.PLANTED) as target:
        facts, report = await fuzzed(target, cases=100, tools=TOOLS)
    assert [one.subject for one in facts.operations if one.broken_schema] == [f"tool:{LIST}"]
    assert {result.check for result in report.results if result.status is Status.FAIL} == {fault}


async def test_a_line_on_standard_output_is_found_over_stdio() -> None:
    fault = "fuzz/dirty-stdout"
    at_hand: AbstractContextManager[Target] = nullcontext(stdio_reference((fault,), Bench.PLANTED))
    with at_hand as target:
        facts, _ = await fuzzed(target, cases=CASES, tools=TOOLS)
    (failure,) = facts.failures
    assert failure.minimal == _call({"recursive": False})
    assert failure.again


async def test_memory_that_is_never_given_back_is_found() -> None:
    fault = "fuzz/memory-grows"
    with served((fault,), Bench.PROCESS) as target:
        facts, _ = await fuzzed(
            target, scenario="arguments_memory.memory", bench=Bench.PROCESS, cases=CASES, tools=TOOLS
        )
    (failure,) = facts.failures
    assert (failure.oracle, failure.minimal) == (fault, _call({}))


async def test_nothing_is_found_on_the_clean_server() -> None:
    with served((), Bench.PLANTED) as target:
        facts, report = await fuzzed(target, cases=300, seed=1, tools=("oraclepack_list_*", ADD))
    assert facts.failures == ()
    assert [result.check for result in report.results if result.status in {Status.FAIL, Status.ERROR}] == []
