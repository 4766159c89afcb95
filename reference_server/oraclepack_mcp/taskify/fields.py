"""Reading the fields of a JSON object one by one: what is missing or of another type is noted, and left out."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from oraclepack_mcp.taskify.model import ProblemCode
from oraclepack_mcp.taskify.problems import Problems


@dataclass(frozen=True, slots=True)
class Fields:
    """An object at a place of a file; every problem is added to those of the whole file."""

    value: dict[str, Any]
    where: str
    problems: Problems

    @classmethod
    def of(cls, value: object, where: str, problems: Problems) -> "Fields | None":
        """The fields of a value, or None where it is no object."""
        if isinstance(value, dict):
            return cls(value, where, problems)
        problems.add("ACTIONS_BAD_VALUE", "an object belongs here", where)
        return None

    def note(self, code: ProblemCode, name: str, message: str) -> None:
        """Add a problem of a field."""
        self.problems.add(code, message, f"{self.where}.{name}".lstrip("."))

    def text(self, name: str, *, required: bool = True) -> str | None:
        """A string."""
        if not self._is_there(name, required):
            return None
        value = self.value[name]
        if not isinstance(value, str):
            self.note("ACTIONS_BAD_VALUE", name, "a string belongs here")
            return None
        return value

    def texts(self, name: str, *, required: bool = True) -> list[str]:
        """An array of strings."""
        if not self._is_there(name, required):
            return []
        value = self.value[name]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.note("ACTIONS_BAD_VALUE", name, "an array of strings belongs here")
            return []
        return value

    def choice(self, name: str, allowed: Collection[str], *, required: bool = True) -> str | None:
        """One of some words."""
        value = self.text(name, required=required)
        if value is None or value in allowed:
            return value
        self.note("ACTIONS_BAD_VALUE", name, f"one of {', '.join(allowed)} belongs here")
        return None

    def number(self, name: str) -> float | None:
        """A number; a truth value is none."""
        if not self._is_there(name, required=True):
            return None
        value = self.value[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.note("ACTIONS_BAD_VALUE", name, "a number belongs here")
            return None
        return value

    def integer(self, name: str, least: int) -> int | None:
        """A whole number from `least` on."""
        value = self.number(name)
        if value is None or (isinstance(value, int) and value >= least):
            return value
        self.note("ACTIONS_BAD_VALUE", name, f"a whole number from {least} on belongs here")
        return None

    def array(self, name: str) -> list[Any]:
        """An array of anything."""
        if not self._is_there(name, required=True):
            return []
        value = self.value[name]
        if isinstance(value, list):
            return value
        self.note("ACTIONS_BAD_VALUE", name, "an array belongs here")
        return []

    def _is_there(self, name: str, required: bool) -> bool:
        if self.value.get(name) is not None:
            return True
        if required:
            self.note("ACTIONS_MISSING_FIELD", name, "the field is missing")
        elif name in self.value:
            self.note("ACTIONS_BAD_VALUE", name, "the field is null")
        return False
