"""Patterns that could hang a generator."""

import pytest
from mcp_audit_scenarios.fuzz.slow_patterns import is_slow, without_slow_patterns


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "^([a-z]+-)*[a-z]+$",
        "^(?:a{1,50}){1,50}$",
        "(a|b)*",
        "^(?=x)",
        "(a)\\1",
        "((((a+)+)+)+)",
        "((a)+b){4,}",
        "a" * 999,
    ],
)
def test_a_repeated_repetition_is_slow(pattern: str) -> None:
    assert is_slow(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "^[a-z]{3}-\\d{2,}$",
        "(a|b)?",
        "^(read|write)$",
        "^\\d{4}-\\d{2}$",
        "^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$",
        "^[0-9a-f]{8}(-[0-9a-f]{4}){3}$",
        "[(+*)]+",
        "\\(a+\\)+",
        "((a){2}){2}",
        ")",
    ],
)
def test_what_people_write_is_not(pattern: str) -> None:
    assert not is_slow(pattern)


def test_slow_patterns_demand_nothing_and_the_rest_stays() -> None:
    slow = {"type": "string", "pattern": "^(a+)+$", "minLength": 1}
    schema = {
        "type": "object",
        "properties": {"p": slow, "q": {"pattern": "a"}},
        "patternProperties": {"^(a+)+$": {}, "^x": slow},
    }
    assert without_slow_patterns(schema) == {
        "type": "object",
        "properties": {"p": {"type": "string", "minLength": 1}, "q": {"pattern": "a"}},
        "patternProperties": {"^x": {"type": "string", "minLength": 1}},
    }
    assert without_slow_patterns(True) is True
