"""Texts that are made by templates."""

import re
from typing import Final

from .values import CHOSEN, UNKNOWN, Value, joint

_PERCENT: Final = re.compile(r"%(?:\((\w+)\))?[-+ #0-9.]*[sdrfixXeEgGcu]")
_BRACES: Final = re.compile(r"\{(\w*)[^{}]*\}")
_NUMBERS: Final = frozenset("dfixXeEgGu")


def interpolated(template: Value, given: Value) -> Value:
    """Return `template % given`."""
    items = given.items if given.items is not None else (given,)
    made: list[Value] = []

    def put(match: re.Match[str]) -> str:
        value = given.member(match[1]) if match[1] else items[min(len(made), len(items) - 1)] if items else None
        value = (value or given).clean() if match[0][-1] in _NUMBERS else value or given
        made.append(value)
        return _shown(value)

    text = _PERCENT.sub(put, template.template)
    return joint((template, *made), text)


def formatted(template: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """Return `template.format(…)`."""
    made: list[Value] = []

    def put(match: re.Match[str]) -> str:
        name = match[1]
        index = int(name) if name.isdigit() else len(made)
        value = keywords.get(name) if name and not name.isdigit() else None
        if value is None and index < len(arguments) and (not name or name.isdigit()):
            value = arguments[index]
        value = value if value is not None else Value()
        made.append(value)
        return _shown(value)

    text = _BRACES.sub(put, template.template)
    return joint((template, *made), text)


def strung(separator: Value, given: Value) -> Value:
    """Return `separator.join(given)`."""
    items = given.items if given.items is not None else (given,)
    return joint((separator, *items), separator.template.join(_shown(item) for item in items))


def _shown(value: Value) -> str:
    return value.template if value.items is None else CHOSEN if value.origins else UNKNOWN
