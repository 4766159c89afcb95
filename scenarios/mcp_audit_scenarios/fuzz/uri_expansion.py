"""URI templates (RFC 6570, all four levels): their variables, and the URI that given values make of one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from mcp_audit_harness.model import JsonObject

_EXPRESSION: Final = re.compile(r"\{([+#./;?&]?)([^{}]+)\}")
_VARIABLE: Final = re.compile(
    r"(?P<name>(?:\w|%[0-9A-Fa-f]{2})(?:[\w.]|%[0-9A-Fa-f]{2})*)(?:(?P<star>\*)|:(?P<most>\d{1,4}))?"
)
_RESERVED: Final = ":/?#[]@!$&'()*+,;=%"


@dataclass(frozen=True, slots=True)
class _Operator:
    """What an expression begins with, what stands between its values, and how a value is written (RFC 6570 §3.2)."""

    first: str = ""
    between: str = ","
    named: bool = False
    empty: str = ""
    """What follows the name of an empty value."""
    reserved: bool = False


_OPERATORS: Final = {
    "": _Operator(),
    "+": _Operator(reserved=True),
    "#": _Operator("#", reserved=True),
    ".": _Operator(".", "."),
    "/": _Operator("/", "/"),
    ";": _Operator(";", ";", named=True),
    "?": _Operator("?", "&", named=True, empty="="),
    "&": _Operator("&", "&", named=True, empty="="),
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a template."""

    name: str
    exploded: bool = False
    """`*`: each item of a list becomes a value of its own."""
    most: int | None = None
    """Characters of the value that are used at most."""


def variables(template: str) -> tuple[Variable, ...]:
    """Return the variables of a template, each once; none of expressions that RFC 6570 does not define."""
    found: dict[str, Variable] = {}
    for _, inner in _EXPRESSION.findall(template):
        for variable in _variables(inner):
            found.setdefault(variable.name, variable)
    return tuple(found.values())


def arguments_schema(template: str) -> JsonObject:
    """Return a JSON Schema of the values of a template: text, and lists of text where a variable is exploded.

    None is required: a template leaves out what is not given.
    """
    text: JsonObject = {"type": "string"}
    either: JsonObject = {"anyOf": [text, {"type": "array", "items": text, "maxItems": 8}]}
    properties = {variable.name: either if variable.exploded else text for variable in variables(template)}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def expanded(template: str, values: Mapping[str, Any]) -> str:
    """Return the URI that the values make of the template; null, and what is not given, is left out."""

    def one(match: re.Match[str]) -> str:
        operator = _OPERATORS[match.group(1)]
        written = [text for variable in _variables(match.group(2)) for text in _written(operator, variable, values)]
        return operator.first + operator.between.join(written) if written else ""

    return _EXPRESSION.sub(one, template)


def _variables(inner: str) -> list[Variable]:
    matches = [_VARIABLE.fullmatch(part) for part in inner.split(",")]
    return [
        Variable(found["name"], bool(found["star"]), int(found["most"]) if found["most"] else None)
        for found in matches
        if found is not None
    ]


def _written(operator: _Operator, variable: Variable, values: Mapping[str, Any]) -> list[str]:
    value = values.get(variable.name)
    if value is None:
        return []
    parts = [_text(item) for item in value] if isinstance(value, list) else [_text(value)]
    if not parts:
        return []
    if variable.most is not None:
        parts = [part[: variable.most] for part in parts]
    coded = [_coded(part, operator) for part in parts]
    if not variable.exploded:
        coded = [",".join(coded)]
    if not operator.named:
        return coded
    return [variable.name + (f"={part}" if part else operator.empty) for part in coded]


def _coded(text: str, operator: _Operator) -> str:
    return quote(text, safe=_RESERVED if operator.reserved else "")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
