"""JSON of unknown origin as plain values, within bounds; what is odd about it is told, not raised."""

import math
from typing import Any, Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.go_json import Json, Members, Number, parse
from oraclepack_mcp.taskify.model import ProblemCode
from oraclepack_mcp.taskify.problems import Problems

MAX_KEYS: Final = 100_000
"""Members of all objects of a file together."""

_INTEGER_DIGITS: Final = 18
_KEY_CHARACTERS: Final = 60


def read_json(raw: bytes, problems: Problems) -> Any:
    """The value of a JSON text, or None where it cannot be used; what is wrong with it is added to the problems.

    Of a key that comes twice the last value counts. A number that no double can hold becomes None.
    """
    try:
        parsed = parse(raw)
    except DomainError as error:
        problems.add("JSON_INVALID", error.sentence)
        return None
    if _keys(parsed) > MAX_KEYS:
        problems.add("JSON_TOO_MANY_KEYS", f"the file holds more than {MAX_KEYS} keys")
        return None
    return _Reading(problems).plain(parsed)


def _keys(value: Json) -> int:
    if isinstance(value, Members):
        return len(value) + sum(_keys(item) for _, item in value)
    return sum(map(_keys, value)) if isinstance(value, list) else 0


class _Reading:
    """One text being turned into plain values; its depth is bounded by the parser.

    `steps` lead to the value that is being read. They become a text only for a problem that is told: a text for each
    value would take as long as the file times its depth.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.steps: list[str | int] = []

    def plain(self, value: Json) -> Any:
        """The value, with dictionaries and numbers of Python."""
        if isinstance(value, Number):
            return self._number(value)
        if isinstance(value, list):
            return [self._below(index, item) for index, item in enumerate(value)]
        if isinstance(value, Members):
            return self._members(value)
        return value

    def _members(self, members: Members) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in members:
            found[key] = self._below(key, item, repeated=key in found)
        return found

    def _below(self, step: str | int, value: Json, *, repeated: bool = False) -> Any:
        self.steps.append(step)
        if repeated:
            self._note("JSON_DUPLICATE_KEY", "the key comes more than once")
        found = self.plain(value)
        self.steps.pop()
        return found

    def _number(self, number: Number) -> int | float | None:
        if number.removeprefix("-").isdecimal() and len(number) <= _INTEGER_DIGITS:
            return int(str(number))
        value = float(number)
        if math.isfinite(value):
            return value
        self._note("ACTIONS_BAD_VALUE", "the number is too large")
        return None

    def _note(self, code: ProblemCode, message: str) -> None:
        self.problems.add(code, message, None if self.problems.is_full else _place(self.steps))


def _place(steps: list[str | int]) -> str:
    texts = (f"[{step}]" if isinstance(step, int) else f".{step[:_KEY_CHARACTERS]}" for step in steps)
    return "".join(texts).lstrip(".")
