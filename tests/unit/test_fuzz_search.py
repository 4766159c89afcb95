"""The search: what it finds, shrinks, keeps apart and remembers."""

import time
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import strategies
from mcp_audit_harness.fuzz.known import MOST, KnownInputs
from mcp_audit_harness.fuzz.search import Searched, search
from mcp_audit_harness.fuzz.settings import FuzzSettings, Tick
from mcp_audit_harness.model.fuzzing import Flaw

pytestmark = pytest.mark.anyio

CASES = strategies.fixed_dictionaries({"n": strategies.integers(), "s": strategies.text()})
BIG = Flaw("fuzz/a", "big", "too big")
HAS_X = Flaw("fuzz/b", "x", "has x")


async def faulty(case: dict[str, Any]) -> Flaw | None:
    if case["n"] > 1000:
        return BIG
    return HAS_X if "x" in case["s"] else None


async def sound(case: dict[str, Any]) -> Flaw | None:
    return None


async def searched(play: Any, *, cases: int = 500, **settings: Any) -> Searched[dict[str, Any]]:
    return await search(CASES, play, subject="tool:t", cases=cases, settings=FuzzSettings(**settings))


async def test_each_flaw_is_shrunk_by_itself() -> None:
    found = {minimal.flaw: minimal.case for minimal in (await searched(faulty)).found}
    assert found == {BIG: {"n": 1001, "s": ""}, HAS_X: {"n": 0, "s": "x"}}


async def test_the_same_seed_plays_the_same_cases() -> None:
    played: list[list[dict[str, Any]]] = [[], []]
    for cases in played:

        async def noting(case: dict[str, Any], cases: list[dict[str, Any]] = cases) -> Flaw | None:
            cases.append(case)
            return await faulty(case)

        await searched(noting, seed=7)
    assert played[0] == played[1]
    assert len(played[0]) > 500


async def test_a_sound_target_gets_as_many_cases_as_were_asked_for() -> None:
    result = await searched(sound, cases=300)
    assert (result.cases, result.found, result.trouble) == (300, (), "")


async def test_nothing_fits_a_strategy_without_values() -> None:
    result = await search(strategies.nothing(), sound, subject="tool:t", cases=10, settings=FuzzSettings())
    assert result.trouble == "no value fits the schema"


async def test_what_failed_is_played_first_next_time(tmp_path: Path) -> None:
    await searched(faulty, database=tmp_path)
    again = await searched(faulty, database=tmp_path, seed=99, cases=40)
    assert {minimal.flaw: minimal.case for minimal in again.found} == {
        BIG: {"n": 1001, "s": ""},
        HAS_X: {"n": 0, "s": "x"},
    }
    assert all(minimal.first_after <= 2 for minimal in again.found)


async def test_what_no_longer_fails_is_still_played(tmp_path: Path) -> None:
    await searched(faulty, database=tmp_path)
    await searched(sound, database=tmp_path, seed=1, cases=20)
    again = await searched(faulty, database=tmp_path, seed=99, cases=40)
    assert all(minimal.first_after <= 2 for minimal in again.found)
    assert len(again.found) == 2


async def test_another_subject_has_other_inputs(tmp_path: Path) -> None:
    await searched(faulty, database=tmp_path)
    assert not list(KnownInputs(tmp_path, "tool:other").fetch(b"any"))


async def test_only_so_many_inputs_are_kept(tmp_path: Path) -> None:
    known = KnownInputs(tmp_path, "tool:t")
    for number in range(MOST + 20):
        known.save(b"key", number.to_bytes(4, "big"))
    for number in range(20):
        known.delete(b"key", number.to_bytes(4, "big"))
    known.keep()
    kept = set(KnownInputs(tmp_path, "tool:t").fetch(b"key"))
    assert len(kept) == MOST
    assert kept.isdisjoint(number.to_bytes(4, "big") for number in range(20))


async def test_the_search_ends_in_time_and_keeps_what_it_found() -> None:
    async def slow(case: dict[str, Any]) -> Flaw | None:
        await anyio.sleep(0.005)
        return BIG if case["n"] != 0 else None

    begun = time.monotonic()
    result = await searched(slow, cases=100_000, until=begun + 0.5)
    assert time.monotonic() - begun < 3
    assert [minimal.flaw for minimal in result.found] == [BIG]
    assert result.cases < 200


async def test_a_cancelled_search_plays_nothing_more() -> None:
    played = 0

    async def slow(case: dict[str, Any]) -> Flaw | None:
        nonlocal played
        played += 1
        await anyio.sleep(0.01)
        return None

    with anyio.move_on_after(0.3):
        await searched(slow, cases=100_000)
    then = played
    await anyio.sleep(0.2)
    assert played <= then + 1


async def test_listeners_hear_of_every_case_and_of_the_coverage() -> None:
    ticks: list[Tick] = []
    settings = FuzzSettings(tell=ticks.append)
    await search(CASES, sound, subject="tool:t", cases=50, settings=settings, measure=lambda: (3, 4))
    assert len(ticks) == 50
    assert ticks[-1] == Tick("tool:t", 0, 3, 4)
