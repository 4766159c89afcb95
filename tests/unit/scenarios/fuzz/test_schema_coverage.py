"""How much of a schema arguments made use of."""

from typing import Any

import pytest
from mcp_audit_scenarios.fuzz.schema_coverage import SchemaCoverage

from tests.unit.scenarios.fuzz.odd_schemas import BROKEN, UNREAD, USABLE

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 1}, "v": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/x"}]}},
    "required": ["n"],
    "$defs": {"x": {"const": 3}, "never": {"const": 4}},
}


def after(schema: Any, *arguments: Any) -> set[str]:
    coverage = SchemaCoverage(schema)
    for each in arguments:
        coverage.note(each)
    assert len(coverage.covered) == len({*coverage.covered}) <= coverage.coverable
    return {*coverage.covered}


def test_keywords_are_fulfilled_and_violated() -> None:
    assert after(SCHEMA, {"n": 1}) == {"/type+", "/required+", "/properties/n/type+", "/properties/n/minimum+"}
    assert after(SCHEMA, {"n": 0}) >= {"/properties/n/minimum-", "/properties/n/type+"}
    assert after(SCHEMA, {}) == {"/type+", "/required-"}
    assert "/type-" in after(SCHEMA, [])


def test_branches_are_taken_and_references_followed() -> None:
    assert "/properties/v/anyOf/0+" in after(SCHEMA, {"n": 1, "v": ""})
    assert after(SCHEMA, {"n": 1, "v": 3}) >= {"/properties/v/anyOf/1+", "/$defs/x/const+"}
    assert after(SCHEMA, {"n": 1, "v": 4}) >= {"/properties/v/anyOf-", "/$defs/x/const-"}


def test_what_nothing_refers_to_does_not_count() -> None:
    coverage = SchemaCoverage(SCHEMA)
    assert coverage.coverable == len([*"tr"]) * 2 + 2 * 2 + (2 + 2) + 2 + 2


def test_keywords_that_are_judged_together_are_told_apart() -> None:
    schema = {"type": "object", "properties": {"s": {"type": "string", "minLength": 2, "maxLength": 3}}}
    seen = after(schema, {"s": "a"}, {"s": "aaa"}, {"s": "aaaa"})
    assert seen >= {f"/properties/s/{word}Length{sign}" for word in ("min", "max") for sign in "+-"}


def test_what_demands_nothing_cannot_be_covered() -> None:
    assert SchemaCoverage({"required": [], "properties": {"n": {"minLength": 0}}, "items": {}}).coverable == 0


@pytest.mark.parametrize("schema", [*USABLE.values(), *BROKEN.values(), *UNREAD.values()])
def test_any_schema_can_be_asked(schema: Any) -> None:
    coverage = SchemaCoverage(schema)
    given: list[Any] = [{}, [], None, {"n": 1, "v": {"a": ""}}, {"t": {"child": {"v": 1}}}]
    for arguments in given:
        coverage.note(arguments)
    assert len(coverage.covered) <= coverage.coverable
