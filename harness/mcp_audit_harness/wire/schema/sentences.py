"""Says what is wrong with a message in few words, without repeating the message."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import jsonschema_rs

Error: TypeAlias = jsonschema_rs.ValidationError
Path: TypeAlias = Sequence[str | int]

_Kind = jsonschema_rs.ValidationErrorKind
_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer", float: "a number"}
_LONGEST = 200


def place(path: Path) -> str:
    """Return a path into a message as a reader writes it: `tools[0].inputSchema`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def specific(error: Error) -> Iterator[Error]:
    """Yield the errors inside the one form of a union that is meant, if there is one, or the error itself.

    Meant is the form whose tag (`type`, `method`, `mode`) the value has: a text without `text` is no failed image.
    """
    kind = error.kind
    meant = _meant(kind.context, len(error.instance_path)) if isinstance(kind, _Kind.AnyOf) else ()
    if not meant:
        yield error
    for inner in meant:
        yield from specific(inner)


def sentence(error: Error | None, path: Path) -> str:
    """Return what the error at `path` says, in at most 200 characters; without one, that the place is wrong."""
    where = place(path) or "the message"
    text = f"{where} does not fit its definition" if error is None else _told(error, where)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _told(error: Error, where: str) -> str:
    kind = error.kind
    match kind:
        case _Kind.Required():
            return f"{where} lacks the member {kind.property}"
        case _Kind.Type():
            return f"{where} is {_kind(error.instance)}, not {' or '.join(kind.types)}"
        case _Kind.Constant():
            return f"{where} is not {kind.expected_value!r}"
        case _Kind.Enum():
            return f"{where} is none of the allowed values"
        case _Kind.AnyOf():
            return f"{where} fits none of the allowed forms"
        case _:
            return f"{where}: {error.message}"


def _meant(forms: Sequence[Sequence[Error]], depth: int) -> Sequence[Error]:
    left = [form for form in forms if not any(_is_other_form(error, depth) for error in form)]
    return left[0] if len(left) == 1 else ()


def _is_other_form(error: Error, depth: int) -> bool:
    """Whether the value is of another JSON kind than a form at `depth`, or has another tag."""
    below = len(error.instance_path) - depth
    return (below == 0 and isinstance(error.kind, _Kind.Type)) or (
        below == 1 and isinstance(error.kind, _Kind.Constant | _Kind.Enum)
    )


def _kind(value: object) -> str:
    return "null" if value is None else _KINDS.get(type(value), "of another kind")
