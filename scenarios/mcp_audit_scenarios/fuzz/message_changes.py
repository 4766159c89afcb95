"""The grammar of what can be wrong with a message: changes of its JSON, of its bytes, and of the headers around it.

Each change is a small value that applies to any message, so that a search can leave out those that do not matter.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from mcp_audit_harness.wire.codec import dump

Path: TypeAlias = tuple[str | int, ...]
Kind: TypeAlias = Literal["replace", "remove", "rename", "wrap", "nest", "add", "repeat"]
Cut: TypeAlias = Literal["truncate", "prefix", "suffix", "insert", "twin", "encode", "again"]

_MOST_BYTES: Final = 256 * 1024
"""What a case may weigh: a change of size is enough where a flood is not meant."""
_DEEPEST: Final = 60

ODD_VALUES: Final[tuple[Any, ...]] = (
    0, 1, 2, -1, 2.0, 1.5, -0.5, 1e308, 2**31, 2**53, 2**63, -(2**63) - 1, 10**40, None, True, False,
    "", "2.0", "1.0", "null", "\0", "\n", "\r\n", "\u2028", "\ud800", "\U0010ffff", "%00", "../", "{}", "__proto__",
    "ping", "tools/list", "x" * 300, "x" * 20_000, [], [None], [1, "a", None], [[]] * 50, {}, {"": None},
    {"jsonrpc": "2.0"},
)  # fmt: skip
"""What members are replaced by: kind by kind, the plainest first, so that each is reached by counting down."""
NAMES: Final = ("result", "error", "_meta", "__proto__", "constructor", "", "x\0")
"""What members are added."""
_TWINS: Final = ("id", "method", "jsonrpc", "params")
_SPELLINGS: Final = (str.upper, str.capitalize, " {}".format, "{}\0".format, "{}x".format)
BYTES: Final = (
    b" ", b"\n", b"\r\n", b"\t", b"\0", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x0b", b"\xc2\xa0",
    b",", b"}", b"{", b"]", b"[", b'"', b"\\", b"NaN", b"Infinity", b"0x1", b"01", b"//\n", b"/**/", b"'", b"{}",
    b"null", b"\x1e", b"data: ", b"Content-Length: 2\r\n\r\n",
)  # fmt: skip
"""What is put in front of a text, behind it and into it."""
ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp500")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the JSON: of the member or item at `place`, counted from the top of the message."""

    kind: Kind
    place: int = 0
    value: Any = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class ByteChange:
    """A change of the text, at a place in thousandths of its length."""

    kind: Cut
    place: int = 0
    value: bytes = b""
    number: int = 0


_ENVELOPE, _INSIDE = (0, 1, 2, 3), (4, 5, 8)
"""Places that are changed: the members of the envelope, and some of what is in them."""


def _at(kind: Kind, *places: int) -> list[tuple[Kind, int]]:
    return [(kind, place) for place in places]


SHAPES: Final[tuple[tuple[Kind, int], ...]] = (
    *_at("remove", *_ENVELOPE),
    *_at("replace", *_ENVELOPE) * 3,
    *_at("add", 0) * 8,
    *_at("rename", *_ENVELOPE),
    *_at("wrap", *_ENVELOPE),
    *_at("nest", *_ENVELOPE),
    *_at("repeat", 0) * 2,
    *_at("remove", *_INSIDE),
    *_at("replace", *_INSIDE) * 2,
    *_at("add", 4) * 2,
    *_at("rename", *_INSIDE),
    *_at("wrap", *_INSIDE),
    *_at("nest", *_INSIDE),
)
"""What a change may be, the plainest first; those of the envelope several times, as they matter more."""
CUTS: Final[tuple[Cut, ...]] = (
    "truncate", "truncate", "truncate", "prefix", "suffix", "insert", "insert", "insert", "twin", "twin", "encode",
    "again",
)  # fmt: skip
DETAILS: Final = 100
"""Numbers from which the rest of a change follows: few enough to be drawn evenly."""


def change_of(shape: tuple[Kind, int], value: int, detail: int) -> Change:
    """Return the change of a shape that two numbers stand for."""
    kind, place = shape
    if kind == "repeat":
        return Change(kind, number=1 + detail % 20)
    return Change(kind, place, ODD_VALUES[value], detail % _DEEPEST)


def byte_change_of(cut: Cut, detail: int) -> ByteChange:
    """Return the change of the text that a number stands for."""
    if cut == "truncate":
        return ByteChange(cut, 1000 - detail * 10)
    return ByteChange(cut, detail * 10, BYTES[detail % len(BYTES)], detail)


def changed(message: Any, change: Change) -> Any:
    """Return the message with one thing changed; the message itself if there is no such thing."""
    if change.kind == "repeat":
        return [message] * change.number
    places = list(_places(message))
    if not places:
        return change.value if change.kind == "replace" else message
    path = places[change.place % len(places)]
    return _with(message, path, change)


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the places of all members and items, those of the message itself first."""
    waiting: list[tuple[Path, Any]] = [(path, value)]
    while waiting:
        here, inner = waiting.pop(0)
        members: list[tuple[str | int, Any]] = []
        if isinstance(inner, dict):
            members = list(inner.items())
        elif isinstance(inner, list):
            members = list(enumerate(inner))
        yield from ((*here, name) for name, _ in members[:20])
        waiting.extend(((*here, name), below) for name, below in members[:20])


def _with(value: Any, path: Path, change: Change) -> Any:
    name, *rest = path
    if rest:
        if isinstance(value, dict):
            return {**value, name: _with(value[name], tuple(rest), change)}
        return [_with(item, tuple(rest), change) if index == name else item for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: new for old, item in value.items() for key, new in _member(str(name), old, item, change)} | (
            {NAMES[change.number % len(NAMES)]: change.value} if change.kind == "add" else {}
        )
    return [new for index, item in enumerate(value) for _, new in _member(str(name), str(index), item, change)]


def _member(name: str, old: str, item: Any, change: Change) -> list[tuple[str, Any]]:
    """Return what stands in the place of one member."""
    if old != name or change.kind == "add":
        return [(old, item)]
    match change.kind:
        case "remove":
            return []
        case "rename":
            return [(_SPELLINGS[change.number % len(_SPELLINGS)](old), item)]
        case "wrap":
            return [(old, [item])]
        case "nest":
            return [(old, _nested(item, change.number))]
    return [(old, change.value)]


def _nested(value: Any, levels: int) -> Any:
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def text_of(message: Any) -> bytes:
    """Return a message as it is sent."""
    return dump(message)


def bytes_changed(text: bytes, change: ByteChange) -> bytes:
    """Return a text with one thing changed."""
    at = len(text) * (change.place % 1001) // 1000
    match change.kind:
        case "truncate":
            return text[:at]
        case "prefix":
            return change.value + text
        case "suffix":
            return text + change.value
        case "insert":
            return text[:at] + change.value + text[at:]
        case "twin":
            return _twin(text, change)
        case "again":
            return text + (b"" if change.number % 2 else b"\n") + text
    return text.decode("utf-8", "replace").encode(ENCODINGS[change.number % len(ENCODINGS)], "replace")


def _twin(text: bytes, change: ByteChange) -> bytes:
    """Return a text whose first object has a second member of a known name in front."""
    value = json.dumps(ODD_VALUES[change.place % len(ODD_VALUES)])
    member = f'"{_TWINS[change.number % len(_TWINS)]}":{value},'.encode()
    return text.replace(b"{", b"{" + member, 1)


def bounded(text: bytes) -> bytes:
    """Return a text cut at what a case may weigh."""
    return text[:_MOST_BYTES]
