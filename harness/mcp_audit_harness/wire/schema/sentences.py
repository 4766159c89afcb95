"""Says what is wrong with a message in few words, without repeating the message."""

from collections.abc import Sequence

import jsonschema_rs

_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer", float: "a number"}
_LONGEST = 200


def place(path: Sequence[str | int]) -> str:
    """Return a path into a message as a reader writes it: `tools[0].inputSchema`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def sentence(error: jsonschema_rs.ValidationError) -> str:
    """Return what the error says, in at most 200 characters."""
    where = place(error.instance_path) or "the message"
    kind = error.kind
    match kind:
        case jsonschema_rs.ValidationErrorKind.Required():
            text = f"{where} lacks the member {kind.property}"
        case jsonschema_rs.ValidationErrorKind.Type():
            text = f"{where} is {_kind(error.instance)}, not {' or '.join(kind.types)}"
        case jsonschema_rs.ValidationErrorKind.Constant():
            text = f"{where} is not {kind.expected_value!r}"
        case jsonschema_rs.ValidationErrorKind.Enum():
            text = f"{where} is none of the allowed values"
        case jsonschema_rs.ValidationErrorKind.AnyOf():
            text = f"{where} fits none of the allowed forms"
        case _:
            text = f"{where}: {error.message}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _kind(value: object) -> str:
    return "null" if value is None else _KINDS.get(type(value), "of another kind")
