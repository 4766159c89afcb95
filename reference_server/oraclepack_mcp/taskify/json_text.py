"""JSON of unknown origin as plain values, within bounds; what is odd about it is told, not raised."""

import math
from typing import Any, Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.go_json import Json, Members, Number, parse
from oraclepack_mcp.taskify.model import TaskProblem

MAX_KEYS: Final = 100_000
"""Members of all objects of a file together."""
MAX_TOLD: Final = 100
"""Problems that are told of one file."""

_INTEGER_DIGITS: Final = 18


def read_json(raw: bytes) -> tuple[Any, list[TaskProblem]]:
    """The value of a JSON text, None where it cannot be used, and what is wrong with it.

    Of a key that comes twice the last value counts. A number that no double can hold becomes None.
    """
    try:
        parsed = parse(raw)
    except DomainError as error:
        return None, [TaskProblem("JSON_INVALID", error.sentence)]
    reading = _Reading()
    value = reading.plain(parsed, "")
    if reading.keys > MAX_KEYS:
        return None, [TaskProblem("JSON_TOO_MANY_KEYS", f"the file holds more than {MAX_KEYS} keys")]
    return value, reading.problems


def at_most_told(problems: list[TaskProblem]) -> list[TaskProblem]:
    """The first problems, and how many more there are."""
    if len(problems) <= MAX_TOLD:
        return problems
    more = f"{len(problems) - MAX_TOLD + 1} more problems are not told"
    return [*problems[: MAX_TOLD - 1], TaskProblem(problems[MAX_TOLD - 1].code, more)]


class _Reading:
    """One text being turned into plain values; its depth is bounded by the parser."""

    def __init__(self) -> None:
        self.keys = 0
        self.problems: list[TaskProblem] = []

    def plain(self, value: Json, where: str) -> Any:
        """The value, with dictionaries and numbers of Python."""
        if isinstance(value, Number):
            return self._number(value, where)
        if isinstance(value, list):
            return [self.plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, Members):
            return self._members(value, where)
        return value

    def _members(self, members: Members, where: str) -> dict[str, Any]:
        self.keys += len(members)
        found: dict[str, Any] = {}
        if self.keys > MAX_KEYS:
            return found
        for key, item in members:
            place = f"{where}.{key[:60]}".lstrip(".")
            if key in found:
                self.problems.append(TaskProblem("JSON_DUPLICATE_KEY", "the key comes more than once", place))
            found[key] = self.plain(item, place)
        return found

    def _number(self, number: Number, where: str) -> int | float | None:
        if number.removeprefix("-").isdecimal() and len(number) <= _INTEGER_DIGITS:
            return int(str(number))
        value = float(number)
        if math.isfinite(value):
            return value
        self.problems.append(TaskProblem("ACTIONS_BAD_VALUE", "the number is too large", where or None))
        return None
