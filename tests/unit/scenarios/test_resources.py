"""The checks of resources judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.conformance import resources

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN, ABSENT = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE
URI = "file:///a.txt"
LIST = exchange(result={"resources": [{"uri": URI}]}, method="resources/list")


def read(contents: Any, uri: str = URI) -> resources.Readings:
    answer = exchange(result={"contents": contents}, method="resources/read")
    return resources.Readings(LIST, (resources.Reading(uri, answer),))


@pytest.mark.parametrize("check", [resources.foreign_contents, resources.bad_base64])
def test_what_cannot_be_read_is_unobserved(check: Check) -> None:
    assert status(check, resources.Readings(LIST, ())) is UNSEEN
    unread = (resources.Reading(URI, refusal()), resources.Reading(URI, silence()))
    assert status(check, resources.Readings(LIST, unread)) is UNSEEN


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        ([{"uri": URI, "text": ""}], PASS),
        ([{"uri": URI + "/", "text": ""}], PASS),
        ([{"uri": "file:///b.txt", "text": ""}], FAIL),
        ([{"uri": "file:///b.txt"}, {"uri": "file:///c.txt"}], PASS),
        ([{"uri": None}], PASS),
        ([{}], PASS),
        ([], PASS),
        (["file:///b.txt"], PASS),
        ({"uri": "file:///b.txt"}, PASS),
        (None, PASS),
    ],
)
def test_single_contents_carry_the_uri_that_was_asked_for(contents: Any, expected: Status) -> None:
    assert status(resources.foreign_contents, read(contents)) is expected


@pytest.mark.parametrize(
    ("blob", "expected"),
    [
        ("aGk=", PASS),
        ("", PASS),
        ("aGk", FAIL),
        ("aG k=", FAIL),
        ("_-8=", FAIL),
        ("aGk=é", FAIL),
        ("\ud800", FAIL),
        (None, PASS),
        (7, PASS),
        (["aGk"], PASS),
    ],
)
def test_a_blob_is_base64(blob: Any, expected: Status) -> None:
    assert status(resources.bad_base64, read([{"uri": URI, "blob": blob}])) is expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (URI, PASS),
        ("custom+scheme.v1:opaque", PASS),
        ("http://[::1]:80/%20?q#f", PASS),
        ("no-scheme", FAIL),
        ("", FAIL),
        ("1http://x", FAIL),
        ("file:///with space", FAIL),
        ("file:///caf\u00e9", FAIL),
        ("file:///100%", FAIL),
        ("file:///a\n", FAIL),
        ("\ud800:", FAIL),
        (None, PASS),
        (7, PASS),
        ([URI], PASS),
    ],
)
def test_a_listed_uri_follows_rfc_3986(uri: Any, expected: Status) -> None:
    listing = exchange(result={"resources": [{"uri": uri}, "noise", None]})
    assert status(resources.malformed_uri, resources.Readings(listing, ())) is expected


@pytest.mark.parametrize(
    "listing", [exchange(result={"resources": {"uri": ""}}), exchange(result={}), refusal(), silence()]
)
def test_without_a_list_no_uri_is_judged(listing: Exchange) -> None:
    assert status(resources.malformed_uri, resources.Readings(listing, ())) is UNSEEN


def test_at_most_five_resources_are_named() -> None:
    listing = exchange(result={"resources": [{"uri": f"bad {number}"} for number in range(9)]})
    assert len(subjects(resources.malformed_uri, resources.Readings(listing, ()))) == 5


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(-32002), PASS),
        (refusal(-32602), PASS),
        (exchange(status=404), PASS),
        (exchange(result={"contents": []}), FAIL),
        (exchange(result={}), FAIL),
        (exchange(result=[]), UNSEEN),
        (exchange(status=500, outcome=Outcome.CLOSED), UNSEEN),
        (silence(), UNSEEN),
    ],
)
@pytest.mark.parametrize("control", [LIST, silence()], ids=["controlled", "uncontrolled"])
def test_what_does_not_exist_and_what_is_no_uri_cannot_be_read(
    control: Exchange, answer: Exchange, expected: Status
) -> None:
    assert status(resources.serves_unknown, resources.UnknownResource(control, answer, silence())) is expected
    assert status(resources.reads_what_is_no_uri, resources.UnknownResource(control, silence(), answer)) is expected


@pytest.mark.parametrize(
    ("code", "revision", "expected"),
    [
        (-32002, "2024-11-05", PASS),
        (-32002, "2025-11-25", PASS),
        (-32602, "2025-11-25", FAIL),
        (-32602, "2026-07-28", PASS),
        (-32002, "2026-07-28", FAIL),
        (-32603, "2026-07-28", FAIL),
        ("-32002", "2025-11-25", UNSEEN),
        (True, "2025-11-25", UNSEEN),
    ],
)
def test_the_code_for_an_unknown_resource_is_the_revisions(code: Any, revision: str, expected: Status) -> None:
    facts = resources.UnknownResource(LIST, refusal(code, revision=revision), silence())
    assert status(resources.wrong_code_for_unknown, facts) is expected


def test_a_served_or_silent_read_has_no_code() -> None:
    for answer in (exchange(result={}), exchange(status=404), silence()):
        assert status(resources.wrong_code_for_unknown, resources.UnknownResource(LIST, answer, answer)) is UNSEEN


OK = exchange(result={})


@pytest.mark.parametrize(
    ("declared", "subscribe", "unsubscribe", "expected"),
    [
        (True, OK, OK, PASS),
        (True, refusal(-32601), OK, FAIL),
        (True, OK, refusal(-32601), FAIL),
        (True, exchange(status=500), OK, FAIL),
        (True, OK, silence(), UNSEEN),
        (True, silence(), silence(), UNSEEN),
        (True, exchange(), OK, UNSEEN),
        (False, refusal(-32601), refusal(-32601), ABSENT),
    ],
)
def test_a_declared_subscription_is_served(
    declared: bool, subscribe: Exchange, unsubscribe: Exchange, expected: Status
) -> None:
    facts = resources.Subscribing(URI, declared, subscribe, unsubscribe)
    assert status(resources.subscribe_declared_but_refused, facts) is expected
