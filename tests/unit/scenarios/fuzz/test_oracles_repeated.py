"""Oracles that ask more than once: what they take for a flaw, and what for a mere change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from mcp_audit_harness.model import Exchange
from mcp_audit_scenarios.fuzz.operations import Operation, tool_operation
from mcp_audit_scenarios.fuzz.oracles import Seen
from mcp_audit_scenarios.fuzz.oracles_repeated import Ask, Disk, Pace, Repeats, Together, is_quick, is_repeated

from tests.exchanges import exchange

pytestmark = pytest.mark.anyio


def tool(name: str = "look", description: str = "Looks.", **hints: Any) -> Operation:
    listed = {"name": name, "description": description, "inputSchema": {"type": "object"}, "annotations": hints}
    made = tool_operation(listed)
    assert made is not None
    return made


LOOK: Final = tool(readOnlyHint=True)


def said(text: str, *, failed: bool = False, elapsed_ms: float = 1.0) -> Exchange:
    content = {"content": [{"type": "text", "text": text}]}
    return exchange(method="tools/call", result={**content, "isError": failed}, elapsed_ms=elapsed_ms)


def seen(answer: Exchange, arguments: Any = None, operation: Operation = LOOK) -> Seen:
    return Seen(operation, {} if arguments is None else arguments, True, answer)


def answering(*answers: Exchange) -> Ask:
    left = list(answers)

    async def ask(_: Any) -> Exchange:
        return left.pop(0)

    return ask


@pytest.mark.parametrize(
    ("hints", "repeated"),
    [
        ({"readOnlyHint": True}, True),
        ({"idempotentHint": True, "destructiveHint": False}, True),
        ({"idempotentHint": True}, False),
        ({"idempotentHint": True, "destructiveHint": True}, False),
        ({}, False),
    ],
)
def test_only_what_says_so_and_destroys_nothing_is_repeated(hints: dict[str, Any], repeated: bool) -> None:
    assert is_repeated(tool(**hints)) is repeated


async def test_a_second_call_that_fails_is_a_flaw() -> None:
    found, more = await Repeats(LOOK, shown=True).look(seen(said("Done.")), answering(said("Exists.", failed=True)))
    assert [flaw.oracle for flaw in found] == ["fuzz/idempotent-tool-fails-again"]
    assert len(more) == 1


@pytest.mark.parametrize(
    "second",
    [
        said("Something else."),
        said("Rate limit exceeded.", failed=True),
        exchange(messages=(), status=429),
        exchange(error={"code": -32000, "message": "Too many requests"}),
    ],
)
async def test_another_answer_or_a_limit_is_none(second: Exchange) -> None:
    found, _ = await Repeats(LOOK, shown=True).look(seen(said("Done.")), answering(second))
    assert found == []


async def test_what_failed_at_first_is_not_repeated() -> None:
    assert await Repeats(LOOK, shown=True).look(seen(said("No.", failed=True)), answering()) == ([], [])


@pytest.mark.parametrize(
    ("operation", "quick"),
    [
        (tool(), True),
        (tool("wait_for"), False),
        (tool("run", "Waits for the build."), False),
        (tool("get", "Fetches a page."), False),
        (tool(openWorldHint=True), False),
    ],
)
def test_what_is_about_time_or_other_hosts_may_take_its_time(operation: Operation, quick: bool) -> None:
    assert is_quick(operation) is quick


def pace() -> Pace:
    return Pace(LOOK, [4.0] * 20)


def controlled(elapsed_ms: float) -> Callable[[], Any]:
    async def control() -> Exchange:
        return exchange(result={}, elapsed_ms=elapsed_ms)

    return control


async def test_what_is_slow_each_time_is_a_flaw_if_a_control_is_quick() -> None:
    slow = said("Done.", elapsed_ms=900)
    found, more = await pace().look(seen(slow), answering(slow), controlled(3))
    assert [flaw.oracle for flaw in found] == ["fuzz/slow-for-small-input"]
    assert len(more) == 2


@pytest.mark.parametrize(("again_ms", "control_ms"), [(5, 3), (900, 700)])
async def test_what_is_slow_once_or_like_all_else_is_none(again_ms: float, control_ms: float) -> None:
    first, again = said("Done.", elapsed_ms=900), said("Done.", elapsed_ms=again_ms)
    found, _ = await pace().look(seen(first), answering(again), controlled(control_ms))
    assert found == []


async def test_nothing_is_slow_before_there_is_something_to_compare_with() -> None:
    slow = said("Done.", elapsed_ms=900)
    assert await Pace(LOOK).look(seen(slow), answering(), controlled(3)) == ([], [])


async def together() -> Together:
    made = Together(LOOK, shown=True)
    await made.look(seen(said("one"), {"n": 1}), answering(said("one")))
    return made


@pytest.mark.parametrize(("mine", "theirs"), [("one", "one"), ("two", "two"), ("one", "two")])
async def test_the_answer_of_the_other_call_is_a_flaw(mine: str, theirs: str) -> None:
    # asked together: mine, theirs; then each alone again
    asked = answering(said(mine), said(theirs), said("two"), said("one"))
    found, more = await (await together()).look(seen(said("two"), {"n": 2}), asked)
    assert [flaw.oracle for flaw in found] == ["fuzz/mixes-concurrent-answers"]
    assert len(more) == 4


@pytest.mark.parametrize(("mine", "theirs"), [("two", "one"), ("two", "three"), ("busy", "one")])
async def test_an_answer_that_nobody_else_got_is_none(mine: str, theirs: str) -> None:
    found, _ = await (await together()).look(seen(said("two"), {"n": 2}), answering(said(mine), said(theirs)))
    assert found == []


async def test_answers_that_change_by_themselves_prove_nothing() -> None:
    asked = answering(said("one"), said("one"), said("three"), said("one"))
    found, _ = await (await together()).look(seen(said("two"), {"n": 2}), asked)
    assert found == []


async def test_what_is_answered_differently_each_time_is_no_partner() -> None:
    made = Together(LOOK)
    await made.look(seen(said("12:00:01"), {"n": 1}), answering(said("12:00:02")))
    assert made.partner() is None


def test_files_that_are_made_or_changed_are_seen_and_hidden_ones_are_not(tmp_path: Path) -> None:
    disk = Disk(str(tmp_path))
    (tmp_path / "kept.txt").write_text("a", encoding="utf-8")
    before = disk.look()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index").write_text("b", encoding="utf-8")
    (tmp_path / ".hidden").write_text("c", encoding="utf-8")
    assert disk.judged(before) == []
    (tmp_path / "kept.txt").write_text("more", encoding="utf-8")
    assert [flaw.oracle for flaw in disk.judged(before)] == ["fuzz/read-only-tool-changes-files"]
    between = disk.look()
    (tmp_path / "kept.txt").unlink()
    assert disk.judged(between)
