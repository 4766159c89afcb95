"""The checks of the standard headers judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.conformance import standard_headers as headers

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
CONTROL = exchange(result={})
SERVED = exchange(result={})
MISMATCH = refusal(-32020, status=400)
CUT = exchange(status=400, outcome=Outcome.CLOSED)


def name(**spoiled: Exchange) -> headers.NameHeader:
    members = dict.fromkeys(("absent", "wrong", "encoded_wrong", "shouted_marker"), MISMATCH)
    return headers.NameHeader(**{"control": CONTROL, "encoded": SERVED, **members, **spoiled})


def facts_with(check: Check, spoiled: Exchange) -> Any:
    return {
        headers.serves_version_mismatch.id: headers.VersionHeader(CONTROL, MISMATCH, spoiled),
        headers.serves_without_method_header.id: headers.MethodHeader(CONTROL, spoiled, MISMATCH),
        headers.serves_mismatched_method.id: headers.MethodHeader(CONTROL, MISMATCH, spoiled),
        headers.serves_without_name_header.id: name(absent=spoiled),
        headers.serves_mismatched_name.id: name(wrong=spoiled),
        headers.loose_base64_marker.id: name(shouted_marker=spoiled),
        headers.wrong_answer_to_version_mismatch.id: headers.VersionHeader(CONTROL, MISMATCH, spoiled),
        headers.wrong_answer_to_mismatch.id: name(wrong=spoiled),
    }[check.id]


SERVING = (
    headers.serves_version_mismatch,
    headers.serves_without_method_header,
    headers.serves_mismatched_method,
    headers.serves_without_name_header,
    headers.serves_mismatched_name,
    headers.loose_base64_marker,
)


@pytest.mark.parametrize("check", SERVING, ids=lambda check: check.id)
@pytest.mark.parametrize(
    ("spoiled", "expected"),
    [
        (SERVED, FAIL),
        (MISMATCH, PASS),
        (refusal(-32602, status=200), PASS),
        (exchange(status=403), PASS),
        (exchange(result=["no object"]), UNSEEN),
        (exchange(), UNSEEN),
        (CUT, UNSEEN),
        (silence(), UNSEEN),
    ],
)
def test_a_request_whose_headers_are_wrong_must_not_be_served(
    check: Check, spoiled: Exchange, expected: Status
) -> None:
    assert status(check, facts_with(check, spoiled)) is expected


@pytest.mark.parametrize(
    "check", [headers.wrong_answer_to_version_mismatch, headers.wrong_answer_to_mismatch], ids=lambda check: check.id
)
@pytest.mark.parametrize(
    ("spoiled", "expected"),
    [
        (MISMATCH, PASS),
        (refusal(-32020, status=200), FAIL),
        (refusal(-32602, status=400), FAIL),
        (refusal("-32020", status=400), FAIL),
        (exchange(status=400), FAIL),
        (SERVED, UNSEEN),
        (silence(), UNSEEN),
    ],
)
def test_a_mismatch_is_refused_with_400_and_its_own_code(check: Check, spoiled: Exchange, expected: Status) -> None:
    assert status(check, facts_with(check, spoiled)) is expected


def test_another_name_is_found_plain_and_encoded() -> None:
    both = name(wrong=SERVED, encoded_wrong=SERVED)
    assert subjects(headers.serves_mismatched_name, both) == ["another name", "another name in base64"]
    assert status(headers.serves_mismatched_name, name(encoded_wrong=silence())) is UNSEEN


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [(SERVED, PASS), (MISMATCH, FAIL), (exchange(status=400), FAIL), (silence(), UNSEEN), (exchange(), UNSEEN)],
)
def test_the_right_name_may_come_encoded(encoded: Exchange, expected: Status) -> None:
    assert status(headers.encoded_name_not_decoded, name(encoded=encoded)) is expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (None, False),
        (5, False),
        ({"required": True}, False),
        (["required"], False),
        ([{"name": "a"}], False),
        ([{"name": "a", "required": False}, {"name": "b", "required": True}], True),
    ],
)
def test_only_a_list_of_objects_can_require_arguments(arguments: Any, expected: bool) -> None:
    assert headers._needs_arguments({"name": "p", "arguments": arguments}) is expected


def test_a_name_that_no_encoding_can_carry_is_encoded_all_the_same() -> None:
    assert headers._base64("\ud800") == headers._base64("?")
