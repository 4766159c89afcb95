"""The checks of content judge all that calls and prompts returned."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import content
from mcp_audit_scenarios.conformance.encodings import is_base64, is_media_type, is_uri, unseen_characters
from mcp_audit_scenarios.conformance.inventory import Inventory

from tests.exchanges import exchange, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
OPENING = exchange(result={"capabilities": {}}, method="initialize")


def called(*items: Any) -> Exchange:
    return exchange(result={"content": list(items)}, method="tools/call")


def asked(item: Any) -> Exchange:
    return exchange(result={"messages": [{"role": "user", "content": item}]}, method="prompts/get")


def listed(method: str, member: str, *items: Any) -> Exchange:
    return exchange(result={member: list(items)}, method=method)


def seen(*exchanges: Exchange, **capabilities: Any) -> Inventory:
    pages = tuple(one for one in exchanges if (one.sent.method or "").endswith("/list"))
    results = tuple(one for one in exchanges if one not in pages)
    return Inventory(capabilities, (OPENING,), pages, results)


@pytest.mark.parametrize("returned", [called, asked])
@pytest.mark.parametrize(("check", "kind"), [(content.broken_image, "image"), (content.broken_audio, "audio")])
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"data": "aGk=", "mimeType": "image/png"}, PASS),
        ({"data": "", "mimeType": "audio/x-wav; rate=8000"}, PASS),
        ({"data": "aGk", "mimeType": "image/png"}, FAIL),
        ({"data": "data:image/png;base64,aGk=", "mimeType": "image/png"}, FAIL),
        ({"data": "aGk=", "mimeType": "png"}, FAIL),
        ({"data": "aGk=", "mimeType": ""}, FAIL),
        ({"data": "aGk="}, FAIL),
        ({"mimeType": "image/png"}, FAIL),
        ({"data": 7, "mimeType": 7}, FAIL),
    ],
)
def test_pictures_and_sounds_decode_and_say_what_they_are(
    check: Check, kind: str, fields: dict[str, Any], expected: Status, returned: Any
) -> None:
    assert status(check, seen(returned({"type": kind, **fields}))) is expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"uri": "a:b", "mimeType": "text/plain", "text": ""}, PASS),
        ({"uri": "a:b", "text": ""}, PASS),
        ({"uri": "a:b", "blob": "aGk="}, PASS),
        ({"uri": "a:b", "blob": "aGk"}, FAIL),
        ({"uri": "no uri", "text": ""}, FAIL),
        ({"text": ""}, FAIL),
        ({"uri": "a:b", "mimeType": "text", "text": ""}, FAIL),
        ({"uri": "a:b"}, FAIL),
        ("a:b", FAIL),
    ],
)
def test_an_embedded_resource_has_a_uri_and_data(resource: Any, expected: Status) -> None:
    assert (
        status(content.broken_embedded_resource, seen(called({"type": "resource", "resource": resource}))) is expected
    )


def test_a_uri_that_the_request_named_is_not_the_servers() -> None:
    item = {"type": "resource", "resource": {"uri": "mcp-audit", "text": ""}}
    body = '{"params": {"arguments": {"uri": "mcp-audit"}}}'
    result = {"messages": [{"role": "user", "content": item}]}
    assert status(content.broken_embedded_resource, seen(exchange(result=result, method="prompts/get"))) is FAIL
    reflected = exchange(result=result, method="prompts/get", sent_body=body)
    assert status(content.broken_embedded_resource, seen(reflected)) is UNSEEN


@pytest.mark.parametrize(
    "check",
    [
        content.broken_image,
        content.broken_audio,
        content.broken_embedded_resource,
        content.embeds_without_resources_capability,
    ],
)
def test_what_was_not_returned_is_unobserved(check: Check) -> None:
    assert status(check, seen()) is UNSEEN
    assert status(check, seen(called({"type": "text", "text": "hello"}, None, "noise"), asked([]))) is UNSEEN


def test_who_embeds_resources_declares_them() -> None:
    embedding = called({"type": "resource", "resource": {"uri": "a:b", "text": ""}})
    assert status(content.embeds_without_resources_capability, seen(embedding)) is FAIL
    assert status(content.embeds_without_resources_capability, seen(embedding, resources={})) is PASS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\ttext\r\n\f", PASS),
        ("Ünïcödé עברית \u2067rtl\u2069 \u200d", PASS),
        ("the flag of Wales: \U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", PASS),
        ("\x1b[31mred", FAIL),
        ("\x00", FAIL),
        ("evil\u202etxt.exe", FAIL),
        ("hidden\U000e0041\U000e0042", FAIL),
    ],
)
def test_text_has_no_characters_that_nobody_sees(text: str, expected: Status) -> None:
    assert status(content.hidden_characters_in_output, seen(called({"type": "text", "text": text}))) is expected
    tool = listed("tools/list", "tools", {"name": "a", "title": text})
    assert status(content.hidden_characters_in_title, seen(tool)) is expected


def test_without_text_nothing_is_judged() -> None:
    assert status(content.hidden_characters_in_output, seen(asked({"type": "text", "text": "\x00"}))) is UNSEEN
    assert status(content.hidden_characters_in_title, seen()) is UNSEEN
    assert status(content.hidden_characters_in_title, seen(listed("tools/list", "tools"))) is UNSEEN


def test_a_title_is_found_wherever_it_is_listed_and_named_once() -> None:
    odd = {"title": "\x1b"}
    facts = seen(
        listed("tools/list", "tools", {"name": "t", **odd}),
        listed("tools/list", "tools", {"name": "t", **odd}),
        listed("resources/list", "resources", {"uri": "u:", "name": "", **odd}),
        listed("resources/templates/list", "resourceTemplates", {"uriTemplate": "u:{x}", **odd}),
        listed("prompts/list", "prompts", {"name": "p", **odd}),
    )
    assert subjects(content.hidden_characters_in_title, facts) == [
        "tool:t",
        "resource:u:",
        "template:u:{x}",
        "prompt:p",
    ]


@pytest.mark.parametrize(("text", "expected"), [("aGk=", True), ("", True), ("aGk", False), ("_-8=", False)])
def test_base64_is_the_standard_alphabet_with_padding(text: str, expected: bool) -> None:
    assert is_base64(text) is expected


def test_uris_and_media_types_are_told_from_other_text() -> None:
    assert is_uri("file:///a%20b")
    assert not is_uri("file:///a b")
    assert is_media_type("text/plain;charset=utf-8")
    assert is_media_type("application/vnd.api+json")
    assert not is_media_type("text/")
    assert not is_media_type("text/plain\nx: y")


def test_unseen_characters_are_told_by_their_numbers() -> None:
    assert unseen_characters("\x1b\x00\x1b") == "U+0000, U+001B"
    assert unseen_characters("") == ""
