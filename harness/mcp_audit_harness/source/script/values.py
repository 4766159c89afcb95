"""What is known of a value that comes from a client, on its way through a module."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from ..rules import Mark
from .tools import Tool

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST_TRAIL: Final = 12


class Kind(enum.Enum):
    """What a value is made of."""

    REQUEST = enum.auto()
    """A request of `tools/call`: its `params.arguments` are a client's, the rest is the SDK's."""
    PARAMS = enum.auto()
    """The `params` of such a request."""
    ARGUMENTS = enum.auto()
    """The object of arguments."""
    TEXT = enum.auto()
    """One argument, or something made of it."""
    LIST = enum.auto()
    """A list that holds such values."""


@dataclass(frozen=True, slots=True)
class Taint:
    """A value that a client chooses, or that holds one."""

    kind: Kind
    trail: tuple[Mark, ...]
    argument: str = ""
    """The name of the argument."""
    whole: bool = True
    """Whether it is the argument as it came, not a part of a longer text."""
    leads: bool = True
    """Whether the text, or an element of the list, begins with what the client chose."""
    path: bool = False
    """Whether it was resolved or joined as a path."""
    real: bool = False
    """Whether symbolic links in it were resolved."""
    checked: frozenset[str] = frozenset()
    """What it was held against: `path`, `option`."""
    harmless: frozenset[str] = frozenset()
    """Of an object: members that are no free text (numbers, choices), as its schema says."""
    addresses: frozenset[str] = frozenset()
    """Of an object: members that begin with a scheme, as its schema says."""
    members: tuple[tuple[str, Taint], ...] = ()
    """Of an object literal: the values of its properties."""

    def noted(self, mark: Mark) -> Taint:
        """Return the same value one stop further on its way."""
        if self.trail and (self.trail[-1].line, self.trail[-1].note) == (mark.line, mark.note):
            return self
        return replace(self, trail=(*self.trail[: LONGEST_TRAIL - 1], mark))

    def part(self, *, leads: bool) -> Taint:
        """Return the value as a part of a longer text."""
        return replace(self, kind=Kind.TEXT, whole=False, leads=leads and self.leads, members=())

    def property(self, name: str, mark: Mark) -> Taint | None:
        """Return the member of that name."""
        if self.members:
            return dict(self.members).get(name)
        if self.kind is Kind.REQUEST:
            return replace(self, kind=Kind.PARAMS) if name == "params" else None
        if self.kind is Kind.PARAMS:
            return replace(self, kind=Kind.ARGUMENTS) if name == "arguments" else None
        if self.kind is Kind.ARGUMENTS:
            if name in self.harmless:
                return None
            here = replace(mark, note=f"the argument `{name}` is what a client sends")
            checked = frozenset({"option"}) if name in self.addresses else frozenset()
            return Taint(Kind.TEXT, (*self.trail, here), name, checked=checked)
        return None if name in {"length", "size"} else replace(self, kind=Kind.TEXT)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call, a `new` or a comparison of strings that a client's value reaches."""

    node: Node
    name: str
    """What is called, dotted and with imports resolved."""
    values: tuple[Taint | None, ...]
    """Those of its arguments, in order."""
    receiver: Taint | None
    """What it is a method of."""
    tool: Tool

    @property
    def held(self) -> tuple[Taint, ...]:
        """All values of the client's in the call."""
        return tuple(value for value in (*self.values, self.receiver) if value is not None)

    @property
    def openness(self) -> tuple[bool, int, int]:
        """How much the way tells: it comes from a tool, brings many values, and few checks were made on it."""
        return not self.tool.checks, len(self.held), -sum(len(value.checked) for value in self.held)


Value: TypeAlias = Taint | None
