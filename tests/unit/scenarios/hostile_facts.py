"""Facts of any shape: what a scenario could hand to its checks when the target answers as it likes.

Member names come from the words of the modules that judge, so that hostile values land where a check looks. A seeded
generator draws them, not a strategy: facts hold dozens of exchanges, and drawing those one choice at a time would make
the suite slow; a failure is reproduced by its seed, and made smaller by its size.
"""

import ast
import inspect
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from random import Random
from typing import Any

from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, JsonObject, Outcome, Revision, Sent, SseEvent, Transport

_WIRE_WORDS = ("jsonrpc", "id", "result", "error", "code", "message", "data", "method", "params", "_meta", "name")
_SCHEMA_WORDS = ("$schema", "$ref", "type", "properties", "required", "items", "enum", "pattern", "minimum", "default")
_NUMBERS = (0, 1, -1, 7, -32700, -32600, -32601, -32602, -32020, -32022, -32002, -32042, 10**20, 0.5, 1.0, 1e999)
_TEXTS = (
    "",
    "1",
    "\ud800",
    "\x00",
    "é" * 200,
    "{",
    '{"a": 1}',
    "[1",
    "[" * 5000,
    "2025-11-25",
    "2026-07-28",
    "http://192.0.2.1/",
)
_PLAIN_HEADERS = ("content-type", "content-length")
_MEDIA = ("application/json", "text/event-stream", "text/html; charset=utf-8", "", "no", ";", "*")
_IDS: tuple[Any, ...] = (1, 1, 1, 1, 1, 1, "1", None, True, 1.0, [], {})
_MAX_WORD = 60


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What some modules know of the wire: the member names that they look up, and all their other short texts."""

    members: tuple[str, ...]
    texts: tuple[str, ...]


@cache
def vocabulary(checks: Iterable[Check]) -> Vocabulary:
    """Read the sources of the checks' modules."""
    members, texts = {*_WIRE_WORDS}, {*_WIRE_WORDS, *_SCHEMA_WORDS, *_TEXTS}
    for module in {inspect.getmodule(check.judge) for check in checks}:
        assert module is not None
        tree = ast.parse(inspect.getsource(module))
        for node in ast.walk(tree):
            members.update(_looked_up(node))
            texts.update(text for text in _strings([node]) if len(text) <= _MAX_WORD and " " not in text)
    return Vocabulary(tuple(sorted(members)), tuple(sorted(texts)))


def _looked_up(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[first, *_]):
            yield from _strings([first])
        case ast.Subscript(slice=inner):
            yield from _strings([inner])
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()]):
            yield from _strings([left])
        case (
            ast.Assign(value=value) | ast.For(iter=ast.Tuple() as value) | ast.comprehension(iter=ast.Tuple() as value)
        ):
            yield from _strings([value, *getattr(value, "elts", ())])


def _strings(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


class FactsMaker:
    """Makes values of every type that facts are made of, in the words of some checks."""

    def __init__(self, random: Random, size: int, known: Vocabulary) -> None:
        """Let `size` bound the length of every tuple, list and object."""
        self._random = random
        self._size = size
        self._members, self._texts = known.members, known.texts
        self._plain: dict[Any, typing.Callable[[], Any]] = {
            Any: self._json,
            Exchange: self._exchange,
            type(None): lambda: None,
            bool: lambda: random.random() < 0.5,
            int: lambda: random.choice((0, 1, 200, 400, random.randrange(-(2**31), 2**31))),
            float: lambda: random.uniform(0, 1e6),
            str: self._text,
        }

    def make(self, annotation: Any) -> Any:
        """Return some value of the annotated type; raises KeyError for a type that no facts have had so far."""
        if annotation in self._plain:
            return self._plain[annotation]()
        if is_dataclass(annotation):
            hints = typing.get_type_hints(annotation)
            members = {field.name: self.make(hints[field.name]) for field in fields(annotation)}
            return typing.cast("type", annotation)(**members)
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return self._random.choice(list(annotation))
        return self._generic(typing.get_origin(annotation), typing.get_args(annotation))

    def _generic(self, origin: Any, members: tuple[Any, ...]) -> Any:
        if origin in {types.UnionType, typing.Union}:
            return self.make(self._random.choice(members))
        if origin is dict:
            return self._object(3)
        if origin is tuple and members[-1] is not Ellipsis:
            return tuple(self.make(member) for member in members)
        return {tuple: tuple, list: list, frozenset: frozenset}[origin](self._many(lambda: self.make(members[0])))

    def _many(self, one: typing.Callable[[], Any]) -> list[Any]:
        return [one() for _ in range(self._random.randint(0, self._size))]

    def _text(self) -> str:
        return self._random.choice(self._texts)

    def _json(self, depth: int = 3) -> Any:
        kind = self._random.random()
        if depth and kind < 0.35:
            return self._object(depth)
        if depth and kind < 0.6:
            return self._many(lambda: self._json(depth - 1))
        if kind < 0.85:
            return self._text()
        return self._random.choice((None, True, False, *_NUMBERS))

    def _object(self, depth: int) -> JsonObject:
        keys = (self._key() for _ in range(self._random.randint(0, 3 * self._size)))
        return {key: self._member(key, depth - 1) for key in keys}

    def _key(self) -> str:
        return self._random.choice(self._members if self._random.random() < 0.9 else _SCHEMA_WORDS)

    def _member(self, name: str, depth: int) -> Any:
        """Return some value; more often than not a list of objects where the name is a plural."""
        if depth > 0 and name.endswith("s") and self._random.random() < 0.6:
            return self._many(lambda: self._object(depth - 1) if depth > 1 else self._json(0))
        return self._json(max(depth, 0))

    def _message(self) -> Any:
        answer = {"jsonrpc": "2.0", "id": self._random.choice(_IDS)}
        match self._random.randrange(8):
            case 0 | 1 | 2:
                return {**answer, "result": self._object(4)}
            case 3:
                return {**answer, "result": self._json()}
            case 4 | 5:
                code = self._random.choice((*_NUMBERS, self._json()))
                return {**answer, "error": {**self._object(2), "code": code}}
            case 6:
                return {"method": self._random.choice((self._text(), self._json())), "params": self._object(3)}
            case _:
                return self._json()

    def _exchange(self) -> Exchange:
        """An exchange that a transport could record: any outcome may come with a status and some messages."""
        choose = self._random.choice
        return Exchange(
            id=f"x{self._random.randint(1, 9):04}",
            scenario=self._text(),
            revision=str(choose(list(Revision))),
            transport=choose(list(Transport)),
            sent=Sent(
                verb=choose(("POST", "GET", "LINE", "BYTES")),
                body=self._text(),
                method=choose((None, *self._texts)),
                rpc_id=choose((1, 1, 1, "1", None)),
            ),
            outcome=choose((Outcome.ANSWERED, Outcome.ANSWERED, *Outcome)),
            status=choose((None, 200, 200, 202, 400, 404, 500)),
            headers=tuple(self._many(lambda: (choose((*_PLAIN_HEADERS, *self._texts)), choose(_MEDIA)))),
            messages=tuple(self._many(self._message)),
            events=tuple(self._many(lambda: SseEvent(self._text(), self._text()))),
            body=self._text(),
            strays=tuple(self._many(self._text)),
        )
