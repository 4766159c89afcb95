"""The checks of odd completion requests judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import completion_features, completion_inputs
from mcp_audit_scenarios.conformance.completion import values_of
from mcp_audit_scenarios.conformance.completion_inputs import CompletionInputs, Dependence, Dependences
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL, UNSEEN, ABSENT = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE


def gives(*values: Any) -> Exchange:
    return exchange(result={"completion": {"values": list(values)}}, method="completion/complete")


def seen(
    control: Exchange,
    *,
    malformed: Exchange | None = None,
    path: Exchange | None = None,
    declared: bool = True,
    expected: bool = True,
) -> CompletionInputs:
    odd = (Trial("a number as value", malformed),) if malformed else ()
    paths = (Trial("'/etc/pass' for path", path),) if path else ()
    return CompletionInputs(declared, expected, (control,), odd, paths)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (seen(gives("a")), PASS),
        (seen(gives("a"), declared=False), FAIL),
        (seen(gives("a"), declared=False, expected=False), PASS),
        (seen(gives(), declared=False), PASS),
        (seen(refusal(-32601), declared=False), PASS),
        (seen(silence(), declared=False), UNSEEN),
    ],
)
def test_who_completes_declares_it(facts: CompletionInputs, expected: Status) -> None:
    assert status(completion_inputs.served_undeclared, facts) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(), PASS),
        (exchange(status=400), PASS),
        (gives(), PASS),
        (exchange(result={"completion": {"values": 7}}), PASS),
        (gives("a"), FAIL),
        (silence(), UNSEEN),
    ],
)
def test_a_malformed_request_gives_no_values(answer: Exchange, expected: Status) -> None:
    assert status(completion_inputs.completes_malformed_request, seen(gives("a"), malformed=answer)) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(), PASS),
        (gives(), PASS),
        (gives("/etc/pass"), PASS),
        (gives("/etc/passwd"), FAIL),
        (gives("other", "passwd"), FAIL),
        (silence(), UNSEEN),
    ],
)
def test_what_looks_like_a_path_is_not_completed_to_one(answer: Exchange, expected: Status) -> None:
    assert status(completion_inputs.discloses_host_files, seen(gives("a"), path=answer)) is expected


@pytest.mark.parametrize(
    "check", [completion_inputs.completes_malformed_request, completion_inputs.discloses_host_files]
)
def test_without_a_completion_there_is_no_control(check: Check) -> None:
    assert status(check, seen(refusal(-32601), declared=False, malformed=gives("a"), path=gives("passwd"))) is ABSENT
    assert status(check, seen(refusal(-32602))) is UNSEEN
    assert status(check, seen(silence(), declared=False)) is UNSEEN


def test_values_are_texts() -> None:
    assert values_of(gives("a", 7, None)) == ["a"]
    assert values_of(refusal()) == []
    assert values_of(exchange(result={"completion": []})) == []


def test_suggestions_that_differ_by_context_are_a_feature() -> None:
    differ = Dependence("city after country", (gives("Lyon"), gives("Bonn")))
    same = Dependence("city after country", (gives("Lyon"), gives("Lyon")))
    refused = Dependence("city after country", (gives("Lyon"), refusal()))
    sight = completion_features.context.sight
    assert sight(Dependences((same, differ))).presence is Presence.IMPLEMENTED
    for tried in ((), (same,), (refused,)):
        assert sight(Dependences(tried)).presence is Presence.UNSEEN
