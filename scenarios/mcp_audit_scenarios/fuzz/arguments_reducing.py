"""Makes arguments smaller that show a flaw, whoever made them: fewer members, shorter texts, numbers nearer to zero.

A generator shrinks along the choices that it made, and cannot undo some; this looks at the value alone.
"""

import json
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeAlias

Shows: TypeAlias = Callable[[Any], Awaitable[bool]]
"""Plays arguments, and says whether they still show the flaw."""

_MOST_PLAYS: Final = 250
_MOST_S: Final = 20.0
_LONG: Final = 24
"""Texts up to this length are shortened character by character."""


async def reduced(value: Any, shows: Shows) -> Any:
    """Return the smallest value on the way down that still shows the flaw; what cannot be made smaller is minimal."""
    tried: set[str] = {json.dumps(value, sort_keys=True)}
    until = time.monotonic() + _MOST_S
    best, smaller = value, True
    while smaller:
        smaller = False
        for candidate in candidates(best):
            spelled = json.dumps(candidate, sort_keys=True)
            if spelled in tried:
                continue
            if len(tried) > _MOST_PLAYS or time.monotonic() > until:
                return best
            tried.add(spelled)
            if await shows(candidate):
                best, smaller = candidate, True
                break
    return best


def candidates(value: Any) -> Iterator[Any]:
    """Yield what is simpler than a value by one step, the largest steps first; the type stays."""
    if isinstance(value, dict):
        yield from _of_object(value)
    elif isinstance(value, list):
        yield from _of_array(value)
    elif isinstance(value, str):
        yield from _of_text(value)
    elif value is True:
        yield False
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _of_number(value)


def _of_object(value: dict[str, Any]) -> Iterator[Any]:
    for name in value:
        yield {key: inner for key, inner in value.items() if key != name}
    for name in value:
        if len(name) > 1 and "0" not in value:
            yield {"0" if key == name else key: inner for key, inner in value.items()}
    for name, inner in value.items():
        for simpler in _of_part(inner):
            yield {**value, name: simpler}


def _of_part(value: Any) -> Iterator[Any]:
    """Yield what may stand in the place of a part: null is simpler than anything."""
    if value is not None:
        yield None
    yield from candidates(value)


def _of_array(value: list[Any]) -> Iterator[Any]:
    for place in range(len(value)):
        yield value[:place] + value[place + 1 :]
    for place, inner in enumerate(value):
        for simpler in _of_part(inner):
            yield [*value[:place], simpler, *value[place + 1 :]]


def _of_text(value: str) -> Iterator[str]:
    step = len(value)
    while step:
        if step > 1 or len(value) <= _LONG:
            for start in range(0, len(value), step):
                yield value[:start] + value[start + step :]
        step //= 2
    plain = "0" * len(value)
    if value != plain:
        yield plain
    if len(value) <= _LONG:
        for place, letter in enumerate(value):
            if letter != "0":
                yield value[:place] + "0" + value[place + 1 :]


def _of_number(value: int | float) -> Iterator[float]:
    if value < 0:
        yield -value
    if isinstance(value, float):
        yield int(value)
    whole = int(value)
    distance = abs(whole)
    while distance:
        yield whole - distance if whole > 0 else whole + distance
        distance //= 2
