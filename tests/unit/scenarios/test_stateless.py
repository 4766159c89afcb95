"""The checks of the request context judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Status, Transport
from mcp_audit_scenarios.conformance import stateless

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
CONTROL = exchange(result={"supportedVersions": ["2026-07-28"]}, method="server/discover")


def served(**fields: Any) -> Exchange:
    return exchange(result={}, **fields)


def missing(*spoiled: Exchange) -> stateless.MissingContext:
    return stateless.MissingContext(CONTROL, *spoiled)


def test_each_part_of_the_context_that_nobody_misses_is_a_finding_of_its_own() -> None:
    facts = missing(served(), refusal(status=400), served())
    assert subjects(stateless.serves_without_context, facts) == ["protocolVersion", "_meta"]


def test_a_refusal_of_every_incomplete_context_passes() -> None:
    refused = refusal(status=400)
    assert status(stateless.serves_without_context, missing(refused, refused, refused)) is PASS
    by_status = exchange(status=400)
    assert status(stateless.serves_without_context, missing(by_status, refused, refused)) is PASS


def test_silence_for_one_part_leaves_the_context_unobserved() -> None:
    refused = refusal(status=400)
    assert status(stateless.serves_without_context, missing(refused, silence(), refused)) is UNSEEN


def test_a_refusal_that_broke_off_is_no_answer() -> None:
    cut = exchange(status=500, outcome=Outcome.CLOSED)
    assert status(stateless.serves_without_context, missing(cut, cut, cut)) is UNSEEN


@pytest.mark.parametrize(
    ("spoiled", "code", "http"),
    [
        (refusal(-32602, status=400), PASS, PASS),
        (refusal(-32602, status=200), PASS, FAIL),
        (refusal(-32600, status=400), FAIL, PASS),
        (refusal(-32602, status=None, transport=Transport.STDIO), PASS, Status.NOT_APPLICABLE),
        (refusal("-32602", status=400), UNSEEN, PASS),
        (refusal(True, status=400), UNSEEN, PASS),
        (exchange(status=400), UNSEEN, UNSEEN),
        (served(), UNSEEN, UNSEEN),
        (silence(), UNSEEN, UNSEEN),
    ],
)
def test_missing_capabilities_give_invalid_params_and_400(spoiled: Exchange, code: Status, http: Status) -> None:
    facts = missing(refusal(), spoiled, refusal())
    assert status(stateless.wrong_code_for_missing_context, facts) is code
    assert status(stateless.wrong_status_for_missing_context, facts) is http


def unsupported(data: Any = ..., code: Any = -32022) -> Exchange:
    error = {"code": code, "message": "no"}
    return exchange(error=error if data is ... else {**error, "data": data}, status=400)


@pytest.mark.parametrize(
    ("spoiled", "serves", "code", "listing"),
    [
        (unsupported({"supported": ["2026-07-28"]}), PASS, PASS, PASS),
        (unsupported(), PASS, PASS, FAIL),
        (unsupported(None), PASS, PASS, FAIL),
        (unsupported(["2026-07-28"]), PASS, PASS, FAIL),
        (unsupported({"supported": []}), PASS, PASS, FAIL),
        (unsupported({"supported": "2026-07-28"}), PASS, PASS, FAIL),
        (unsupported({"supported": [20260728]}), PASS, PASS, FAIL),
        (unsupported({"supported": ["2026-07-28"]}, code=-32602), PASS, FAIL, UNSEEN),
        (exchange(status=400), PASS, UNSEEN, UNSEEN),
        (served(), FAIL, UNSEEN, UNSEEN),
        (silence(), UNSEEN, UNSEEN, UNSEEN),
    ],
)
def test_an_unsupported_version_is_refused_with_the_supported_ones(
    spoiled: Exchange, serves: Status, code: Status, listing: Status
) -> None:
    facts = stateless.UnsupportedVersion(CONTROL, spoiled)
    assert status(stateless.serves_unsupported_version, facts) is serves
    assert status(stateless.wrong_code_for_unsupported_version, facts) is code
    assert status(stateless.unsupported_version_without_list, facts) is listing


def test_every_removed_method_that_is_served_is_a_finding() -> None:
    answers = (served(method="ping"), refusal(-32601), served(method="logging/setLevel"))
    facts = stateless.RemovedMethods(CONTROL, answers)
    assert subjects(stateless.serves_removed_method, facts) == ["method:ping", "method:logging/setLevel"]


def test_removed_methods_that_are_refused_pass_and_silent_ones_are_unobserved() -> None:
    refused = refusal(-32601, status=404)
    assert status(stateless.serves_removed_method, stateless.RemovedMethods(CONTROL, (refused, refused))) is PASS
    assert status(stateless.serves_removed_method, stateless.RemovedMethods(CONTROL, (refused, silence()))) is UNSEEN
    assert status(stateless.serves_removed_method, stateless.RemovedMethods(CONTROL, ())) is UNSEEN


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(-32601, status=404), PASS),
        (exchange(status=404), PASS),
        (refusal(-32601, status=200), FAIL),
        (refusal(-32601, status=400), FAIL),
        (served(), UNSEEN),
        (exchange(status=404, outcome=Outcome.RESET), UNSEEN),
        (silence(), UNSEEN),
    ],
)
def test_an_unknown_method_is_not_found_for_http_too(answer: Exchange, expected: Status) -> None:
    assert status(stateless.wrong_status_for_unknown_method, stateless.UnknownMethod(CONTROL, answer)) is expected
