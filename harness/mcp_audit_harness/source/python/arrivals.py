"""What arrives at calls."""

import ast
from dataclasses import dataclass

from ..rules import Mark
from .handlers import Handler
from .values import NOTHING, Value


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that is handed something of a client, or a check of what clients send that returns."""

    node: ast.Call | ast.Return
    called: str
    """The dotted name, imports and classes of objects resolved: `subprocess.run`, `pathlib.Path.read_text`; one that
    begins with `?` is a method of something unknown."""
    receiver: Value
    arguments: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]
    checks: tuple[tuple[str, tuple[Mark, ...]], ...]
    """Of each argument that was checked as text only: where."""
    subject: str
    handler: Handler

    @property
    def name(self) -> str:
        """The last part of what is called."""
        return self.called.rpartition(".")[2]

    def given(self, position: int, *names: str) -> Value:
        """Return an argument by its position or by one of its names."""
        if 0 <= position < len(self.arguments):
            return self.arguments[position]
        return next((value for key, value in self.keywords if key in names), NOTHING)

    def weak_checks(self, value: Value) -> tuple[Mark, ...]:
        """Return the checks of the value as a text only."""
        return tuple(mark for name, marks in self.checks if name in value.origins for mark in marks)


@dataclass(frozen=True, slots=True)
class Given:
    """What a call is given."""

    node: ast.Call
    receiver: Value
    arguments: list[Value]
    keywords: dict[str, Value]

    @property
    def every(self) -> list[Value]:
        """Every argument, by position or by name."""
        return [*self.arguments, *self.keywords.values()]

    @property
    def first(self) -> Value:
        """The first of them."""
        return self.arguments[0] if self.arguments else next(iter(self.keywords.values()), NOTHING)
