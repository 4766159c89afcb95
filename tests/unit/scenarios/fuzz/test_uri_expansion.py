"""URI templates (RFC 6570): the examples of the specification, and what servers write instead."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_scenarios.fuzz.uri_expansion import Variable, arguments_schema, expanded, variables

VALUES: dict[str, Any] = {
    "var": "value",
    "hello": "Hello World!",
    "path": "/foo/bar",
    "empty": "",
    "x": "1024",
    "y": "768",
    "list": ["red", "green", "blue"],
    "none": None,
}


@pytest.mark.parametrize(
    ("template", "uri"),
    [
        ("{var}", "value"),
        ("{hello}", "Hello%20World%21"),
        ("{+var}", "value"),
        ("{+hello}", "Hello%20World!"),
        ("{+path}/here", "/foo/bar/here"),
        ("here?ref={+path}", "here?ref=/foo/bar"),
        ("X{#var}", "X#value"),
        ("X{#hello}", "X#Hello%20World!"),
        ("map?{x,y}", "map?1024,768"),
        ("{x,hello,y}", "1024,Hello%20World%21,768"),
        ("{+x,hello,y}", "1024,Hello%20World!,768"),
        ("{#path,x}/here", "#/foo/bar,1024/here"),
        ("X{.var}", "X.value"),
        ("X{.x,y}", "X.1024.768"),
        ("{/var}", "/value"),
        ("{/var,x}/here", "/value/1024/here"),
        ("{;x,y}", ";x=1024;y=768"),
        ("{;x,y,empty}", ";x=1024;y=768;empty"),
        ("{?x,y}", "?x=1024&y=768"),
        ("{?x,y,empty}", "?x=1024&y=768&empty="),
        ("?fixed=yes{&x}", "?fixed=yes&x=1024"),
        ("{&x,y,empty}", "&x=1024&y=768&empty="),
        ("{var:3}", "val"),
        ("{var:30}", "value"),
        ("{list}", "red,green,blue"),
        ("{list*}", "red,green,blue"),
        ("{/list*}", "/red/green/blue"),
        ("{?list}", "?list=red,green,blue"),
        ("{?list*}", "?list=red&list=green&list=blue"),
        ("{none}{?none}{/none}", ""),
        ("{x,none}", "1024"),
        ("plain", "plain"),
        ("{not a variable}", ""),
    ],
)
def test_templates_are_expanded_as_the_specification_says(template: str, uri: str) -> None:
    assert expanded(template, VALUES) == uri


def test_variables_are_named_once_with_their_modifiers() -> None:
    found = variables("x://{a}/{b:3}{?c*,a}{!d}{e f}{g.h}")
    assert found == (Variable("a"), Variable("b", most=3), Variable("c", exploded=True), Variable("g.h"))


def test_only_what_is_exploded_takes_lists() -> None:
    schema = arguments_schema("x://{a}{?b*}")
    assert jsonschema_rs.is_valid(schema, {"a": "", "b": ["", ""]})
    assert jsonschema_rs.is_valid(schema, {})
    assert not jsonschema_rs.is_valid(schema, {"a": []})
    assert not jsonschema_rs.is_valid(schema, {"a": 1})


@given(st.text(), st.text())
def test_a_value_cannot_leave_its_place(one: str, other: str) -> None:
    uri = expanded("x://{a}/{b}", {"a": one, "b": other})
    assert uri.count("/") == 3
    assert uri.isascii()
