"""JSON as Go's `encoding/json` reads and writes it, for the files that a Go program shares with this server.

Reading differs from Python's in what matters here: keys match without case, a member that comes again overwrites the
one before, null leaves a value as it is, an integer is not written with a point, and what is no JSON is refused.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeAlias, TypeVar

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.text import decode, displayable
from oraclepack_mcp.runs import times

MAX_DEPTH: Final = 100
"""Arrays and objects inside each other."""

_NESTING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPES: Final = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_INT64: Final = range(-(2**63), 2**63)


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class Members(tuple[tuple[str, "Json"], ...]):
    """The members of an object in their order, repeated ones included."""

    __slots__ = ()


Json: TypeAlias = bool | Number | str | list["Json"] | Members | None
T = TypeVar("T")
Reader: TypeAlias = Callable[[Json, T | None, str], T | None]
"""Reads a value: what is there, what was read before for the same place, and how the place is called."""


def parse(raw: bytes) -> Json:
    """Read a JSON text; bytes and escapes that are no Unicode become U+FFFD.

    Raises:
        DomainError: STATE_INVALID_JSON, it is none, or it is nested too deeply.
    """
    text = displayable(decode(raw))
    _require_shallow(text)
    try:
        return _whole_characters(
            json.loads(
                text, object_pairs_hook=Members, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant
            )
        )
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise DomainError("STATE_INVALID_JSON", f"the file is not JSON: {reason}") from None


def read_object(value: Json, readers: Mapping[str, Reader[Any]], where: str) -> dict[str, Any]:
    """The members that have a reader; absent ones are absent, and null is an object without members.

    Raises:
        DomainError: STATE_WRONG_TYPE.
    """
    found: dict[str, Any] = {}
    for key, item in _members(value, where):
        name = key if key in readers else _without_case(key)
        if name in readers:
            found[name] = readers[name](item, found.get(name), f"{where}.{name}")
    return {name: item for name, item in found.items() if item is not None}


def text(value: Json, before: str | None, where: str) -> str | None:
    """Read a string."""
    if value is None:
        return before
    if not isinstance(value, str) or isinstance(value, Number):
        _refuse(value, "a string", where)
    return value


def integer(value: Json, before: int | None, where: str) -> int | None:
    """Read an integer of 64 bits; `2.0` and `2e0` are none."""
    if value is None:
        return before
    digits = value.removeprefix("-") if isinstance(value, Number) else ""
    if not digits.isdecimal() or len(digits) > 19 or int(str(value)) not in _INT64:
        _refuse(value, "an integer", where)
    return int(str(value))


def floating(value: Json, before: float | None, where: str) -> float | None:
    """Read a number; one that no double can hold is refused."""
    if value is None:
        return before
    if not isinstance(value, Number) or math.isinf(float(value)):
        _refuse(value, "a number", where)
    return float(value)


def boolean(value: Json, before: bool | None, where: str) -> bool | None:
    """Read a boolean."""
    if value is None:
        return before
    if not isinstance(value, bool):
        _refuse(value, "a boolean", where)
    return value


def time(value: Json, before: str | None, where: str) -> str | None:
    """Read a time and keep it as it is written; the zero time is one."""
    found = text(value, before, where)
    if value is not None and found is not None:
        try:
            times.nanoseconds(found)
        except ValueError as error:
            raise DomainError("STATE_WRONG_TYPE", f"{where} holds no time: {error}") from None
    return found


def array(read: Reader[T]) -> Reader[list[T]]:
    """A reader of arrays; null and an array that comes again take the place of what was there."""

    def read_array(value: Json, _before: list[T] | None, where: str) -> list[T] | None:
        if value is None:
            return None
        if not isinstance(value, list):
            _refuse(value, "an array", where)
        items = (read(item, None, f"{where}[{index}]") for index, item in enumerate(value))
        return [item for item in items if item is not None]

    return read_array


def mapping(read: Reader[T]) -> Reader[dict[str, T]]:
    """A reader of objects with free keys; a second one adds to the first, null takes its place."""

    def read_mapping(value: Json, before: dict[str, T] | None, where: str) -> dict[str, T] | None:
        if value is None:
            return None
        found = dict(before or {})
        for key, item in _members(value, where):
            read_item = read(Members() if item is None else item, None, f"{where}[{key[:40]!r}]")
            if read_item is not None:
                found[key] = read_item
        return found

    return read_mapping


def dump(value: object) -> bytes:
    """Write as `json.MarshalIndent` does with two blanks: members in their order, no line feed at the end.

    Dictionaries, lists, strings, numbers, booleans and None are known; lone surrogates become U+FFFD.

    Raises:
        ValueError: a number is infinite or none.
    """
    return "".join(_pieces(value, "\n")).encode()


def _pieces(value: object, line: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        inner = f"{line}  "
        for index, (key, item) in enumerate(value.items()):
            yield f"{',' if index else '{'}{inner}{_quoted(key)}: "
            yield from _pieces(item, inner)
        yield f"{line}}}"
    elif isinstance(value, list) and value:
        inner = f"{line}  "
        for index, item in enumerate(value):
            yield f"{',' if index else '['}{inner}"
            yield from _pieces(item, inner)
        yield f"{line}]"
    elif isinstance(value, str):
        yield _quoted(value)
    elif isinstance(value, float):
        yield _float(value)
    else:
        yield json.dumps(value)


def _quoted(value: str) -> str:
    return json.dumps(_SURROGATE.sub("\ufffd", value), ensure_ascii=False).translate(_ESCAPES)


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("JSON has no infinity and no NaN")
    written = repr(value)
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        plain = format(Decimal(written), "f")
        return plain.removesuffix(".0")
    mantissa, exponent = written.split("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0')}"


def _require_shallow(text: str) -> None:
    depth = 0
    for token in _NESTING.finditer(text):
        first = token[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > MAX_DEPTH:
            raise DomainError("STATE_INVALID_JSON", f"the file is nested more than {MAX_DEPTH} deep")


def _whole_characters(value: Json) -> Json:
    if isinstance(value, Number):
        return value
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole_characters(item) for item in value]
    if isinstance(value, Members):
        return Members((_SURROGATE.sub("\ufffd", key), _whole_characters(item)) for key, item in value)
    return value


def _members(value: Json, where: str) -> Members:
    if value is None:
        return Members()
    if not isinstance(value, Members):
        _refuse(value, "an object", where)
    return value


def _without_case(key: str) -> str:
    """Go folds each character by itself: of those that are not ASCII, the long s and the Kelvin sign have a letter."""
    plain = key.replace("\u017f", "s").replace("\u212a", "k")
    return plain.lower() if plain.isascii() else plain


def _refuse(value: Json, wanted: str, where: str) -> NoReturn:
    raise DomainError("STATE_WRONG_TYPE", f"{where} holds {_kind(value)}, not {wanted}")


def _kind(value: Json) -> str:
    if isinstance(value, Number):
        return f"the number {value[:40]}"
    kinds: dict[type, str] = {str: "a string", list: "an array", Members: "an object", bool: "a boolean"}
    return kinds.get(type(value), "null")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
