"""Arguments are made as small as they can be while the flaw still shows."""

from collections.abc import Callable
from typing import Any

import pytest
from mcp_audit_scenarios.fuzz.arguments_reducing import reduced

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("value", "shows", "smallest"),
    [
        ({"a": 119, "b": "x"}, lambda value: (value.get("a") or 0) > 100, {"a": 101}),
        ({"a": -700}, lambda value: (value.get("a") or 0) < -5, {"a": -6}),
        ({"a": 2.5}, lambda value: (value.get("a") or 0) > 1, {"a": 2}),
        ({"a": "some words\nand more"}, lambda value: len(value.get("a") or "") > 3, {"a": "0000"}),
        ({"a": "x[y"}, lambda value: "[" in (value.get("a") or ""), {"a": "["}),
        ({"a": [1, {"b": True, "c": 7}]}, lambda value: "c" in str(value), {"a": [{"c": None}]}),
        ({"a": True}, lambda value: isinstance(value.get("a"), bool), {"a": False}),
        ({"a": None}, lambda value: "a" in value, {"a": None}),
        ({"anything": {"b": 7}}, lambda value: len(value) > 0, {"0": None}),
        ([3, 4, 5], lambda value: None not in value and sum(value) > 8, [4, 5]),
        ({}, lambda value: True, {}),
    ],
)
async def test_the_smallest_value_is_found(value: Any, shows: Callable[[Any], bool], smallest: Any) -> None:
    async def played(candidate: Any) -> bool:
        return shows(candidate)

    found = await reduced(value, played)
    assert found == smallest


async def test_it_ends_though_everything_shows_the_flaw() -> None:
    plays = 0

    async def always(_: Any) -> bool:
        nonlocal plays
        plays += 1
        return True

    assert await reduced({str(number): "x" * 50 for number in range(40)}, always) == {}
    assert plays < 300


async def test_it_gives_up_after_many_plays() -> None:
    async def never(_: Any) -> bool:
        return False

    whole = {str(number): list(range(30)) for number in range(40)}
    assert await reduced(whole, never) == whole
