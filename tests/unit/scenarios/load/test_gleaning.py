"""What one tool lists is what another takes."""

from mcp_audit_scenarios.load.gleaning import gleaned, with_gleaned

_LISTED = {"structuredContent": {"packs": [{"id": "a1", "path": "x.md", "steps": 3}, {"id": "b2", "path": "y.md"}]}}


def _takes(*names: str, **optional: str) -> dict[str, object]:
    properties = {name: {"type": "string"} for name in names} | {
        name: {"type": kind} for name, kind in optional.items()
    }
    return {"type": "object", "properties": properties, "required": list(names), "additionalProperties": False}


def test_the_items_of_a_listing_are_arguments_of_their_kind() -> None:
    values = gleaned([_LISTED])
    assert values["pack"] == values["packid"] == ("a1", "b2")
    assert values["path"] == ("x.md", "y.md")
    found = list(with_gleaned(_takes("pack"), {"pack": "example"}, values))
    assert found[:2] == [{"pack": "a1"}, {"pack": "b2"}]


def test_names_are_the_same_in_every_spelling() -> None:
    assert next(with_gleaned(_takes("packId"), {"packId": "?"}, gleaned([_LISTED]))) == {"packId": "a1"}


def test_text_that_is_json_is_data_and_other_text_is_not() -> None:
    assert gleaned([{"content": [{"type": "text", "text": '{"user": "ada"}'}]}]) == {"user": ("ada",)}
    assert gleaned([{"content": [{"type": "text", "text": "ada"}]}, {"content": []}, {}]) == {}


def test_what_does_not_fit_the_schema_is_not_tried() -> None:
    values = gleaned([{"structuredContent": {"count": 3}}])
    assert list(with_gleaned(_takes("count"), {"count": "x"}, values)) == []


def test_members_that_may_be_missing_are_tried_one_at_a_time() -> None:
    values = gleaned([{"structuredContent": {"pack": "a1", "text": "hello"}}])
    found = list(with_gleaned(_takes(pack="string", text="string"), {}, values))
    assert found == [{"pack": "a1"}, {"text": "hello"}]


def test_a_hostile_answer_costs_little() -> None:
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"a": deep}
    wide = {"structuredContent": {f"n{number}": number for number in range(100_000)}}
    assert gleaned([{"structuredContent": deep}]) == {}
    assert len(gleaned([wide])) == 200
    assert gleaned([{"content": [{"type": "text", "text": "[" * 100_000}]}]) == {}


def test_a_schema_that_is_none_takes_nothing() -> None:
    values = gleaned([_LISTED])
    for schema in (None, 3, {"properties": 3}, {"properties": ["pack"]}):
        assert list(with_gleaned(schema, {}, values)) == []
