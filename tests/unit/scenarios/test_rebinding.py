"""The checks of foreign pages judge hand-built exchanges."""

import dataclasses
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Verdict
from mcp_audit_scenarios.attacks import cross_origin, rebinding

from tests.exchanges import exchange, silence

CONTROL = exchange(result={})
SERVED = exchange(result={})
FORBIDDEN = exchange(status=403)
STREAM = exchange(headers=(("content-type", "text/event-stream"),), verb="GET")
ALL = (
    rebinding.accepts_foreign_origin,
    rebinding.accepts_null_origin,
    rebinding.accepts_lookalike_origin,
    rebinding.accepts_foreign_host,
    rebinding.accepts_rebound_page,
)


def status(check: Check, facts: Any) -> Status:
    found = check.judge(facts)
    assert isinstance(found, Verdict)
    return found.status


ATTACKS = ("foreign", "null", "lookalike", "host", "rebound")


def callers(*, is_local: bool = True, **attacks: Exchange) -> rebinding.Callers:
    facts: dict[str, Any] = {name: attacks.get(name, FORBIDDEN) for name in ATTACKS}
    return rebinding.Callers(control=CONTROL, local=is_local, **facts)


def with_attack(name: str, answer: Exchange) -> rebinding.Callers:
    changed: dict[str, Any] = {name: answer}
    return dataclasses.replace(callers(), **changed)


@pytest.mark.parametrize(("attack", "check"), list(zip(ATTACKS, ALL, strict=True)))
def test_one_hole_is_one_finding_with_its_control(attack: str, check: Check) -> None:
    facts = with_attack(attack, SERVED)
    failing = [other for other in ALL if status(other, facts) is Status.FAIL]
    assert failing == [check]
    found = check.judge(facts)
    assert isinstance(found, Verdict)
    assert CONTROL.id in found.evidence
    assert status(check, with_attack(attack, silence())) is Status.NOT_OBSERVED
    assert status(check, with_attack(attack, exchange(status=200, body="<html>"))) is Status.PASS
    assert status(check, callers()) is Status.PASS


def test_a_server_that_takes_every_origin_is_told_so_once() -> None:
    facts = callers(foreign=SERVED, null=SERVED, lookalike=SERVED, rebound=SERVED)
    assert [check.id for check in ALL if status(check, facts) is Status.FAIL] == ["rebinding/accepts-foreign-origin"]


def test_a_guard_of_hosts_keeps_rebound_pages_out() -> None:
    assert status(rebinding.accepts_rebound_page, callers(foreign=SERVED)) is Status.PASS


def test_the_names_of_a_remote_server_are_not_judged() -> None:
    facts = callers(host=SERVED, rebound=SERVED, is_local=False)
    assert status(rebinding.accepts_foreign_host, facts) is Status.NOT_APPLICABLE
    assert status(rebinding.accepts_rebound_page, facts) is Status.NOT_APPLICABLE
    assert status(rebinding.accepts_foreign_origin, facts) is Status.PASS


@pytest.mark.parametrize(
    ("control", "foreign", "expected"),
    [
        (CONTROL, FORBIDDEN, Status.PASS),
        (CONTROL, exchange(status=400), Status.FAIL),
        (CONTROL, exchange(error={"code": -32600, "message": "no"}), Status.FAIL),
        (CONTROL, SERVED, Status.NOT_OBSERVED),
        (CONTROL, silence(), Status.NOT_OBSERVED),
        (exchange(status=401), exchange(status=401), Status.NOT_OBSERVED),
    ],
)
def test_a_foreign_origin_is_forbidden(control: Exchange, foreign: Exchange, expected: Status) -> None:
    assert status(rebinding.wrong_status_for_foreign_origin, rebinding.Refusal(control, foreign)) is expected


@pytest.mark.parametrize(
    ("control", "foreign", "request_", "expected"),
    [
        (STREAM, FORBIDDEN, FORBIDDEN, Status.PASS),
        (STREAM, STREAM, FORBIDDEN, Status.FAIL),
        (STREAM, STREAM, SERVED, Status.NOT_OBSERVED),
        (STREAM, silence(verb="GET"), FORBIDDEN, Status.NOT_OBSERVED),
        (exchange(status=405), exchange(status=405), FORBIDDEN, Status.NOT_APPLICABLE),
    ],
)
def test_the_get_stream_is_closed_to_foreign_pages(
    control: Exchange, foreign: Exchange, request_: Exchange, expected: Status
) -> None:
    facts = cross_origin.StreamCallers(control, foreign, request_)
    assert status(cross_origin.stream_for_foreign_origin, facts) is expected


ORIGIN = "https://123.attacker.example"
OTHER_ORIGIN = "https://other.attacker.example"


def cors(origin: str, credentials: str | None) -> Exchange:
    headers = [("access-control-allow-origin", origin)]
    if credentials is not None:
        headers.append(("access-control-allow-credentials", credentials))
    return exchange(status=204, headers=tuple(headers))


@pytest.mark.parametrize(
    ("preflight", "expected"),
    [
        (cors(ORIGIN, "true"), Status.FAIL),
        (cors(ORIGIN, None), Status.PASS),
        (cors("*", "true"), Status.PASS),
        (cors("https://app.example", "true"), Status.PASS),
        (exchange(status=405), Status.PASS),
    ],
)
def test_only_a_repeated_origin_with_credentials_is_open_to_all(preflight: Exchange, expected: Status) -> None:
    facts = cross_origin.CrossOrigin(CONTROL, ORIGIN, FORBIDDEN, preflight, OTHER_ORIGIN, FORBIDDEN)
    assert status(cross_origin.reflects_any_origin_in_cors, facts) is expected


def test_silence_says_nothing_of_cors() -> None:
    facts = cross_origin.CrossOrigin(CONTROL, ORIGIN, silence(), silence(), OTHER_ORIGIN, None)
    assert status(cross_origin.reflects_any_origin_in_cors, facts) is Status.NOT_OBSERVED
