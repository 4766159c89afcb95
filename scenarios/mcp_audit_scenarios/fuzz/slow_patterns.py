"""Patterns by which generation may hang: those that repeat a repetition, or look around, match in endless time."""

import re
from typing import Any, Final

from mcp_audit_harness.model import JsonObject

from .projection import schemas_inside

_LONGEST: Final = 300
_LOOKING: Final = re.compile(r"\(\?<?[=!]|\\[1-9]")
_CLASS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_QUANTIFIED: Final = re.compile(r"[*+]|\{\d*,?\d*\}")
_FEW: Final = 3


def is_slow(pattern: str) -> bool:
    """Whether a backtracking matcher may need endless time: said of too many patterns rather than of too few."""
    if len(pattern) > _LONGEST or _LOOKING.search(pattern):
        return True
    return _nests(_CLASS.sub("x", pattern))


def _nests(pattern: str) -> bool:
    """Whether a group with a repetition or a choice in it is repeated itself."""
    repeating = [False]
    for index, letter in enumerate(pattern):
        if letter == "(":
            repeating.append(False)
        elif letter == ")" and len(repeating) > 1:
            inner = repeating.pop()
            again = _repeats(pattern[index + 1 :])
            if inner and again:
                return True
            repeating[-1] = repeating[-1] or inner or again
        elif letter == "|" or _repeats(pattern[index:]):
            repeating[-1] = True
    return False


def _repeats(rest: str) -> bool:
    """Whether a quantifier that allows more than a few times comes first."""
    found = _QUANTIFIED.match(rest)
    if found is None:
        return False
    numbers = [int(number) for number in re.findall(r"\d{1,9}", found.group())]
    return not numbers or found.group().endswith(",}") or max(numbers) > _FEW


def without_slow_patterns(schema: Any) -> Any:
    """Return a schema in which slow patterns demand nothing; what is named by one is not named at all."""
    if not isinstance(schema, dict):
        return schema
    if not any(_slow_ones(found) for found in _all(schema)):
        return schema
    return _cleared(schema)


def _all(schema: JsonObject) -> list[JsonObject]:
    found, waiting = list[JsonObject](), [schema]
    while waiting:
        here = waiting.pop()
        found.append(here)
        waiting.extend(inner for _, inner in schemas_inside(here) if isinstance(inner, dict))
    return found


def _slow_ones(schema: JsonObject) -> list[str]:
    named = schema.get("patternProperties")
    patterns = [schema.get("pattern"), *(named if isinstance(named, dict) else ())]
    return [pattern for pattern in patterns if isinstance(pattern, str) and is_slow(pattern)]


def _cleared(value: Any) -> Any:
    if isinstance(value, list):
        return [_cleared(item) for item in value]
    if not isinstance(value, dict):
        return value
    slow = _slow_ones(value)
    kept = {name: inner for name, inner in value.items() if not (name == "pattern" and inner in slow)}
    named = kept.get("patternProperties")
    if isinstance(named, dict):
        kept["patternProperties"] = {pattern: inner for pattern, inner in named.items() if pattern not in slow}
    return {name: _cleared(inner) for name, inner in kept.items()}
