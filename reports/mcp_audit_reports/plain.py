"""Values that came from a target as JSON that every reader can read.

Python's parser lets through what strict readers refuse: lone surrogates, NaN, infinite numbers, integers of any
length, any depth. Each becomes text that says what it was.
"""

import enum
import json
import math
from typing import Any

import msgspec

from .escape import json_text

DEPTH = 100
"""Levels of nesting that are kept."""
_INTEGER_BITS = 1024


def plain(value: Any, depth: int = 0) -> Any:
    """Return `value` as dicts, lists, strings, finite numbers, booleans and None, in its own order."""
    if depth > DEPTH and isinstance(value, (dict, list, tuple, msgspec.Struct)):
        return "[nested deeper]"
    match value:
        case enum.Enum():
            return value.value
        case dict():
            return {_text(str(key)): plain(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [plain(item, depth + 1) for item in value]
        case msgspec.Struct():
            return {name: plain(item, depth + 1) for name, item in _members(value)}
        case _:
            return _scalar(value)


def dumped(value: Any) -> str:
    """Return `value` as JSON on one line; nothing is escaped that JSON allows."""
    return json.dumps(plain(value), ensure_ascii=False)


def document(value: Any, indent: int = 2) -> str:
    """Return `value` as the text of a JSON file, its lines indented by so many spaces; by none, it is one line.

    Nothing in it drives a terminal: whatever cannot be seen is written as an escape.
    """
    lines = msgspec.json.format(dumped(value), indent=indent)  # indenting is what Python's encoder is slow at
    return json_text(lines) + "\n"


def _scalar(value: object) -> str | float | bool | None:
    match value:
        case None | bool():
            return value
        case int():
            return value if value.bit_length() <= _INTEGER_BITS else f"[an integer of {value.bit_length()} bits]"
        case float():
            return value if math.isfinite(value) else str(value)
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _members(struct: msgspec.Struct) -> list[tuple[str, Any]]:
    names = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
    pairs = [(wire, getattr(struct, field)) for field, wire in names]
    return [(wire, item) for wire, item in pairs if item is not msgspec.UNSET]
