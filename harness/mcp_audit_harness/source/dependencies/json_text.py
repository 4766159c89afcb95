"""JSON with the lines at which things stand; comments and trailing commas, as in bun.lock, are allowed."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

_TOKEN: Final = re.compile(
    r"""(?: [\s\ufeff]++ | //[^\n]*+ | /\*.*?\*/ )*+
        (?P<token> "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+" | [{}\[\]:,] | [^\s{}\[\]:,"/]++ | \Z )""",
    re.VERBOSE | re.DOTALL,
)
_DEEPEST: Final = 100

_Token: TypeAlias = tuple[str, int]


class JsonTextError(ValueError):
    """A text is no JSON."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands; the line of a member of an object is that of its name."""

    value: "str | tuple[Node, ...] | Mapping[str, Node] | None"
    """Strings as such, everything that is no text as its literal (`true`, `1`), null as None."""
    line: int

    def get(self, *names: str) -> "Node":
        """Return the member that the names lead to; one without a value if there is none."""
        node = self
        for name in names:
            members = node.value
            if not isinstance(members, Mapping) or name not in members:
                return Node(None, node.line)
            node = members[name]
        return node

    @property
    def members(self) -> "Mapping[str, Node]":
        """The members of an object; none of anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> "tuple[Node, ...]":
        """The items of an array; none of anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def text(self) -> str:
        """The string or literal; empty of anything else."""
        return self.value if isinstance(self.value, str) else ""


def parse_json(text: str) -> Node:
    """Return the value of a JSON text.

    Raises:
        JsonTextError: if it is none, or is nested deeper than any manifest.
    """
    tokens = _tokens(text)
    return _value(next(tokens, ("", 0)), tokens, 0)


def read_json(text: str) -> Node:
    """Return the value of a JSON text; one without members if it is none."""
    try:
        return parse_json(text)
    except JsonTextError:
        return Node(None, 1)


def _tokens(text: str) -> Iterator[_Token]:
    newlines = [match.start() for match in re.finditer("\n", text)]
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise JsonTextError("a character that JSON does not have")
        if match["token"]:
            yield match["token"], bisect_right(newlines, match.start("token")) + 1
        at = match.end()


def _value(token: _Token, tokens: Iterator[_Token], depth: int) -> Node:
    word, line = token
    if depth > _DEEPEST:
        raise JsonTextError("nested too deeply")
    if word == "{":
        return Node(MappingProxyType(dict(_members(tokens, depth))), line)
    if word == "[":
        return Node(tuple(_items(tokens, depth)), line)
    if word in {"", "}", "]", ":", ","}:
        raise JsonTextError(f"a value was expected, not {word!r}")
    return Node(_string(word) if word[0] == '"' else None if word == "null" else word, line)


def _members(tokens: Iterator[_Token], depth: int) -> Iterator[tuple[str, Node]]:
    for word, line in tokens:
        if word == "}":
            return
        if word == ",":
            continue
        if word[0] != '"' or next(tokens, ("", 0))[0] != ":":
            raise JsonTextError("a member was expected")
        yield _string(word), Node(_value(next(tokens, ("", 0)), tokens, depth + 1).value, line)
    raise JsonTextError("an object does not end")


def _items(tokens: Iterator[_Token], depth: int) -> Iterator[Node]:
    for token in tokens:
        if token[0] == "]":
            return
        if token[0] != ",":
            yield _value(token, tokens, depth + 1)
    raise JsonTextError("an array does not end")


def _string(token: str) -> str:
    if "\\" not in token:
        return token[1:-1]
    try:
        return str(json.loads(token, strict=False))
    except ValueError as error:
        raise JsonTextError(str(error)) from error
