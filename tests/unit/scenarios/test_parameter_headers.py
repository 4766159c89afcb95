"""The checks of mirrored parameters judge hand-built schemas and calls."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.annotations import annotations_of
from mcp_audit_scenarios.conformance import mirrored_parameters, parameter_headers
from mcp_audit_scenarios.conformance.mirrored_parameters import Mirrored
from mcp_audit_scenarios.conformance.parameter_headers import ListedSchemas

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN, ABSENT = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE
DECLARED = (
    parameter_headers.parameter_name_is_no_token,
    parameter_headers.parameter_name_used_twice,
    parameter_headers.parameter_of_no_plain_type,
    parameter_headers.parameter_out_of_reach,
    parameter_headers.parameter_beyond_safe_integers,
    parameter_headers.mirrors_secret_parameter,
)


def listed(*schemas: Any) -> ListedSchemas:
    tools = [{"name": f"tool{place}", "inputSchema": schema} for place, schema in enumerate(schemas)]
    return ListedSchemas((exchange(result={"tools": tools}, method="tools/list"),))


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def mirrored(header: Any = "Region", kind: Any = "string", **more: Any) -> dict[str, Any]:
    return {"type": kind, "x-mcp-header": header, **more}


@pytest.mark.parametrize("check", DECLARED)
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (listed(of(region=mirrored())), PASS),
        (listed(of(place=of(region=mirrored()))), PASS),
        (listed(of(region={"type": "string"})), ABSENT),
        (listed(of(region={"type": "string", "default": {"x-mcp-header": 7}})), ABSENT),
        (listed("no schema"), ABSENT),
        (ListedSchemas((refusal(),)), UNSEEN),
    ],
)
def test_correct_and_absent_annotations(check: Check, facts: ListedSchemas, expected: Status) -> None:
    assert status(check, facts) is expected


@pytest.mark.parametrize(
    ("check", "schema"),
    [
        (parameter_headers.parameter_name_is_no_token, of(a=mirrored(""))),
        (parameter_headers.parameter_name_is_no_token, of(a=mirrored("Two Words"))),
        (parameter_headers.parameter_name_is_no_token, of(a=mirrored("A\r\nB: c"))),
        (parameter_headers.parameter_name_is_no_token, of(a=mirrored("Größe"))),
        (parameter_headers.parameter_name_is_no_token, of(a=mirrored(["Region"]))),
        (parameter_headers.parameter_name_used_twice, of(a=mirrored("A"), b=mirrored("a"))),
        (parameter_headers.parameter_of_no_plain_type, of(a=mirrored(kind="number"))),
        (parameter_headers.parameter_of_no_plain_type, of(a=mirrored(kind=["string", "null"]))),
        (parameter_headers.parameter_of_no_plain_type, of(a={"x-mcp-header": "A"})),
        (parameter_headers.parameter_out_of_reach, of(a={"type": "array", "items": mirrored()})),
        (parameter_headers.parameter_out_of_reach, {"$defs": {"a": mirrored()}}),
        (parameter_headers.parameter_out_of_reach, {"anyOf": [of(a=mirrored())]}),
        (parameter_headers.parameter_out_of_reach, mirrored()),
        (parameter_headers.parameter_beyond_safe_integers, of(a=mirrored(kind="integer", maximum=2**53))),
        (parameter_headers.parameter_beyond_safe_integers, of(a=mirrored(kind="integer", enum=[1, -(2**60)]))),
        (parameter_headers.mirrors_secret_parameter, of(apiKey=mirrored())),
        (parameter_headers.mirrors_secret_parameter, of(a=mirrored("Password"))),
    ],
)
def test_wrong_annotations_are_found_and_the_tool_is_named(check: Check, schema: Any) -> None:
    assert subjects(check, listed(of(region=mirrored()), schema)) == ["tool:tool1"]


@pytest.mark.parametrize(
    ("check", "schema"),
    [
        (parameter_headers.parameter_beyond_safe_integers, of(a=mirrored(kind="integer", maximum=2**53 - 1))),
        (parameter_headers.parameter_beyond_safe_integers, of(a=mirrored(kind="integer"))),
        (parameter_headers.mirrors_secret_parameter, of(pageToken=mirrored())),
        (parameter_headers.parameter_name_used_twice, of(a=mirrored("A"), b=mirrored("B"))),
    ],
)
def test_what_looks_wrong_and_is_not(check: Check, schema: Any) -> None:
    assert status(check, listed(schema)) is PASS


def test_the_feature_is_there_where_a_parameter_is_annotated() -> None:
    sight = parameter_headers.mirrored_parameters.sight
    assert sight(listed(of(a=mirrored()))).presence is Presence.IMPLEMENTED
    assert sight(listed(of(a={"type": "string"}))).presence is Presence.MISSING
    assert sight(ListedSchemas((silence(),))).presence is Presence.UNSEEN


def test_a_schema_of_any_depth_and_width_is_walked_in_bounded_time() -> None:
    schema: dict[str, Any] = mirrored()
    for _ in range(20_000):
        schema = {"not": schema}
    assert list(annotations_of(schema)) == []


def served() -> Exchange:
    return exchange(result={"resultType": "complete", "content": []}, method="tools/call")


def mismatch() -> Exchange:
    return refusal(-32020, status=400)


def calls(**changed: Exchange | None) -> Mirrored:
    right: dict[str, Any] = {
        "control": served(),
        "absent_header": mismatch(),
        "wrong": mismatch(),
        "encoded": served(),
        "raw_bytes": mismatch(),
        "absent_argument": served(),
        "null_argument": refusal(-32602),
        "with_fraction": served(),
        "integer_control": served(),
    }
    return Mirrored("tool:x", **{**right, **changed})


SERVED = {
    "absent_header": mirrored_parameters.serves_without_parameter_header,
    "wrong": mirrored_parameters.serves_mismatched_parameter,
    "raw_bytes": mirrored_parameters.serves_invalid_parameter_header,
}
REFUSED = {
    "encoded": mirrored_parameters.encoded_parameter_not_decoded,
    "absent_argument": mirrored_parameters.wants_header_of_absent_parameter,
    "null_argument": mirrored_parameters.wants_header_of_null_parameter,
    "with_fraction": mirrored_parameters.compares_integers_as_text,
}


@pytest.mark.parametrize("check", [*SERVED.values(), *REFUSED.values()])
def test_a_server_that_compares_as_it_ought_to_passes(check: Check) -> None:
    assert status(check, calls()) is PASS


@pytest.mark.parametrize(("member", "check"), SERVED.items())
def test_a_call_that_has_to_be_refused(member: str, check: Check) -> None:
    assert status(check, calls(**{member: served()})) is FAIL
    assert status(check, calls(**{member: silence()})) is UNSEEN


@pytest.mark.parametrize(("member", "check"), REFUSED.items())
def test_a_call_that_must_not_be_refused_for_its_headers(member: str, check: Check) -> None:
    assert status(check, calls(**{member: mismatch()})) is FAIL
    assert status(check, calls(**{member: silence()})) is UNSEEN


@pytest.mark.parametrize("member", ["raw_bytes", "absent_argument", "null_argument", "with_fraction"])
def test_what_could_not_be_sent_is_unobserved(member: str) -> None:
    assert status({**SERVED, **REFUSED}[member], calls(**{member: None})) is UNSEEN
