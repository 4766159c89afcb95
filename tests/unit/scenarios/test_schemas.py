"""Schemas that a target wrote are judged without fetching anything."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp_audit_scenarios.schemas import flaw, misfit


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.mark.parametrize("member", ["$ref", "$schema", "$dynamicRef"])
def test_no_reference_of_a_schema_is_fetched(listener: socket.socket, member: str) -> None:
    schema = {member: f"http://127.0.0.1:{listener.getsockname()[1]}/schema.json"}
    assert flaw(schema) == ""
    assert flaw({"properties": {"a": schema}}) == ""
    assert misfit(schema, 7) == ""
    assert misfit({"properties": {"a": schema}}, {"a": 7}) == ""
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_no_file_is_read_for_a_schema(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "string"}')
    schema = {"$ref": (tmp_path / "schema.json").as_uri()}
    assert misfit(schema, 7) == ""
    assert misfit({"$id": (tmp_path / "base.json").as_uri(), "$ref": "schema.json"}, 7) == ""


def test_a_reference_inside_the_schema_is_followed() -> None:
    schema = {"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}
    assert misfit(schema, 7) == ""
    assert misfit(schema, "7") != ""
    assert misfit({"$ref": "https://json-schema.org/draft/2020-12/schema"}, {"type": 7}) != ""


@pytest.mark.parametrize(
    ("schema", "valid"),
    [
        ({}, True),
        ({"type": "string"}, True),
        ({"type": "text"}, False),
        ({"required": ["a", "a"]}, False),
        ({"$schema": 5}, False),
        ({"$schema": "not a uri"}, True),
        ({"$schema": "urn:unknown", "type": "text"}, True),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": True, "minimum": 1}, True),
        ({"exclusiveMinimum": True, "minimum": 1}, False),
        ({"title": "\ud800"}, True),
        ({"minimum": 10**400}, True),
    ],
)
def test_a_schema_is_held_against_the_meta_schema_of_its_dialect(schema: dict[str, Any], valid: bool) -> None:
    assert (flaw(schema) == "") is valid


def test_a_sentence_is_short_and_names_the_place() -> None:
    assert flaw({"properties": {"a": {"type": "text"}}}).endswith(" at properties/a/type")
    assert len(misfit({"const": "x"}, "y" * 10_000)) < 200
    assert misfit({"items": {"type": "string"}}, ["a", 1]).endswith(" at 1")


@pytest.mark.parametrize("schema", [{"pattern": "("}, {"type": "text"}, {"$ref": "#/none"}, {"title": "\ud800"}])
def test_a_schema_that_cannot_be_used_fits_everything(schema: dict[str, Any]) -> None:
    assert misfit(schema, "anything") == ""


def test_a_value_that_cannot_be_encoded_is_left_alone() -> None:
    assert misfit({"type": "integer"}, "\ud800") == ""


def test_a_pattern_that_backtracks_without_end_is_given_up() -> None:
    assert isinstance(misfit({"pattern": "^(a+)+$(?=x)"}, "a" * 60 + "b"), str)
