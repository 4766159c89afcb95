"""What is known of a value while a handler is followed: whose text is in it, and for what it is still dangerous."""

import ast
import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from ..rules import Mark

CHOSEN: Final = "\1"
"""Stands in a template for text that a client chose."""
UNKNOWN: Final = "\0"
"""Stands in a template for any other text that is not written in the source."""
AS_PATH: Final = "is put together as a path"
AS_TEXT: Final = "is put into a text"
MADE: Final = frozenset({AS_PATH, AS_TEXT})
"""Stops where something new is made of a value: rules can point there."""
_LONGEST: Final = 2_000
_MOST_STEPS: Final = 12


class Danger(enum.StrEnum):
    """A use for which text of a client can be dangerous."""

    PATH = "path"
    SHELL = "shell"
    OPTION = "option"
    SQL = "sql"
    URL = "url"
    CODE = "code"


EVERY: Final = frozenset(Danger)


@dataclass(frozen=True, slots=True)
class Value:
    """A value, as far as it can be told without running the program."""

    origins: frozenset[str] = frozenset()
    """The names of the arguments that it is made of."""
    cleaned: frozenset[Danger] = frozenset()
    """For what it is harmless, whatever the client chose."""
    template: str = UNKNOWN
    """Its text: what is written in the source, with `CHOSEN` and `UNKNOWN` for the rest."""
    of: str = ""
    """What it is: the dotted name of its class, or of the call that made it."""
    resolved: bool = False
    """Whether links in it are resolved, as it is a path."""
    joined: bool = False
    """Whether it was put together as a path."""
    holder: bool = False
    """Whether it is the object of all arguments: each of its members is an argument."""
    items: tuple["Value", ...] | None = None
    """The elements of a list or tuple, where they are known."""
    members: tuple[tuple[str, "Value"], ...] = ()
    """Attributes and keys, where they are known."""
    trail: tuple[Mark, ...] = field(default=(), compare=False)

    @property
    def whole(self) -> bool:
        """Whether it is an argument as it came, with nothing around it."""
        return self.template == CHOSEN

    @property
    def text(self) -> str | None:
        """The text, if all of it is written in the source."""
        return None if CHOSEN in self.template or UNKNOWN in self.template else self.template

    @property
    def prefix(self) -> str:
        """What comes before the first text of a client."""
        return self.template.partition(CHOSEN)[0]

    def dangerous(self, danger: Danger) -> bool:
        """Return whether a client's text in it can do harm there."""
        return bool(self.origins) and danger not in self.cleaned

    def member(self, name: str) -> "Value | None":
        """Return a known attribute or key."""
        return next((value for key, value in self.members if key == name), None)

    def clean(self, dangers: Iterable[Danger] = EVERY) -> "Value":
        """Return the value, harmless for those uses."""
        items = None if self.items is None else tuple(item.clean(dangers) for item in self.items)
        return replace(self, cleaned=self.cleaned | frozenset(dangers), items=items)

    def step(self, node: ast.AST, note: str) -> "Value":
        """Return the value after one more stop on its way; of the plain ones, one on each line is kept."""
        line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0) + 1
        here = [mark.note for mark in self.trail if mark.line == line]
        if not self.origins or len(self.trail) >= _MOST_STEPS or note in here or (here and note not in MADE):
            return self
        return replace(self, trail=(*self.trail, Mark(line, column, note)))

    def part(self) -> "Value":
        """Return an element or attribute of it about which nothing more is known."""
        return replace(self, template=CHOSEN if self.origins else UNKNOWN, of="", items=None, members=(), holder=False)


NOTHING: Final = Value()


def written(text: str) -> Value:
    """Return the value of a literal."""
    return Value(template=text[:_LONGEST])


def argument(name: str, node: ast.AST, note: str, trail: tuple[Mark, ...] = ()) -> Value:
    """Return what a client chose as an argument."""
    return Value(frozenset({name}), template=CHOSEN, trail=trail).step(node, note)


def merged(one: Value, other: Value) -> Value:
    """Return what is true of a value that is either of the two."""
    if one == other or (not other.origins and one.origins and other.items is None):
        return one
    if not one.origins and one.items is None and other.origins:
        return other
    both = bool(one.origins) and bool(other.origins)
    first = one if one.origins else other
    longer = one if len(one.items or ()) >= len(other.items or ()) else other
    members = dict(other.members) | {
        key: merged(value, found) if (found := other.member(key)) else value for key, value in one.members
    }
    return Value(
        origins=one.origins | other.origins,
        cleaned=one.cleaned & other.cleaned if both else first.cleaned,
        template=first.template if both or first.origins or one.template == other.template else UNKNOWN,
        of=one.of or other.of,
        resolved=one.resolved and other.resolved if both else first.resolved,
        joined=one.joined or other.joined,
        holder=one.holder or other.holder,
        items=longer.items,
        members=tuple(members.items()),
        trail=max(one.trail, other.trail, key=lambda trail: (_made(trail), trail is first.trail)),
    )


def _made(trail: tuple[Mark, ...]) -> bool:
    return any(mark.note in MADE for mark in trail)


def joint(parts: Iterable[Value], template: str | None = None, *, of: str = "") -> Value:
    """Return the text that is made of the parts one after the other, or by a template."""
    every = list(parts)
    chosen = [item for item in every if item.origins]
    cleaned = frozenset.intersection(*(item.cleaned for item in chosen)) if chosen else frozenset()
    text = "".join(item.template for item in every) if template is None else template
    if not text.startswith(CHOSEN):
        cleaned |= {Danger.OPTION}
    return Value(
        origins=frozenset().union(*(item.origins for item in chosen)),
        cleaned=cleaned,
        template=text[:_LONGEST],
        of=of,
        joined=any(item.joined for item in every),
        trail=chosen[0].trail if chosen else (),
    )


def listed(items: Iterable[Value]) -> Value:
    """Return a list of known elements."""
    every = tuple(items)
    return replace(joint(every, CHOSEN if any(item.origins for item in every) else UNKNOWN), items=every)


@dataclass(slots=True)
class State:
    """What is known at one point of a function."""

    names: dict[str, Value] = field(default_factory=dict)
    """Of variables, and of attributes of `self` as `self.x`."""
    clean: dict[str, frozenset[Danger]] = field(default_factory=dict)
    """For what each argument has been checked."""
    checks: dict[str, tuple[Mark, ...]] = field(default_factory=dict)
    """Checks of an argument's text as a path that links, or siblings, get round."""
    subject: str = ""
    """Of a handler of many tools: the one that is called here."""

    def copy(self) -> "State":
        """Return the same, to be changed on its own."""
        return State(dict(self.names), dict(self.clean), dict(self.checks), self.subject)

    def passed(self, value: Value, dangers: Iterable[Danger] = EVERY) -> None:
        """Note that the arguments in the value have been checked."""
        for name in value.origins:
            self.clean[name] = self.clean.get(name, frozenset()) | frozenset(dangers)

    def weakly(self, value: Value, mark: Mark) -> None:
        """Note a check of a path that can be got round."""
        for name in value.origins:
            if mark not in self.checks.get(name, ()):
                self.checks[name] = (*self.checks.get(name, ()), mark)

    def seen(self, value: Value) -> Value:
        """Return the value with what the checks so far say of it."""
        if not value.origins:
            return value
        left = [name for name in value.origins if self.clean.get(name, frozenset()) != EVERY]
        if not left:
            return value.clean()
        passed = frozenset.intersection(*(self.clean.get(name, frozenset()) for name in left))
        items = None if value.items is None else tuple(self.seen(item) for item in value.items)
        return replace(value, cleaned=value.cleaned | passed, items=items)

    def join(self, other: "State") -> None:
        """Take in another state in which the program can be at the same point."""
        alike = self.clean == other.clean
        for name, value in other.names.items():
            if name in self.names:
                mine = self.names[name]
                self.names[name] = merged(mine, value) if alike else merged(self.seen(mine), other.seen(value))
            else:
                self.names[name] = value
        self.clean = {
            name: both for name, passed in self.clean.items() if (both := passed & other.clean.get(name, frozenset()))
        }
        for name, marks in other.checks.items():
            self.checks[name] = tuple(dict.fromkeys((*self.checks.get(name, ()), *marks)))
        self.subject = self.subject if self.subject == other.subject else ""
