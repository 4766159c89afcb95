"""The checks of the handshake, of ping, capabilities, notifications and progress judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status, Verdict
from mcp_audit_scenarios.conformance import capabilities, initialized, lifecycle, notifications, ping, progress
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, silence

REVISION = "2025-11-25"


def verdicts(check: Check, facts: Any) -> list[Verdict]:
    found = check.judge(facts)
    return [found] if isinstance(found, Verdict) else list(found)


def status(check: Check, facts: Any) -> Status:
    found = {verdict.status for verdict in verdicts(check, facts)}
    assert len(found) == 1
    return found.pop()


def agreed(version: Any = REVISION) -> Exchange:
    result = {"protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}
    return exchange(result=result, method="initialize")


def refusal(code: int = -32602, **fields: Any) -> Exchange:
    return exchange(error={"code": code, "message": "no"}, **fields)


VERSIONS = (
    lifecycle.echoes_unknown_version,
    lifecycle.counter_offers_unsupported_version,
    lifecycle.counter_offers_malformed_version,
)
PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("unknown", "second", "expected"),
    [
        (agreed(), agreed(), [PASS, PASS, PASS]),
        (agreed("1999-01-01"), None, [FAIL, UNSEEN, UNSEEN]),
        (agreed("2023-01-01"), agreed(), [PASS, FAIL, PASS]),
        (agreed("2023-01-01"), refusal(), [PASS, FAIL, PASS]),
        (agreed("latest"), agreed("latest"), [PASS, PASS, FAIL]),
        (agreed("DRAFT-2026-v1"), agreed("DRAFT-2026-v1"), [PASS, PASS, PASS]),
        (refusal(), None, [PASS, UNSEEN, UNSEEN]),
        (silence(), None, [UNSEEN, UNSEEN, UNSEEN]),
        (agreed(), silence(), [PASS, UNSEEN, PASS]),
    ],
)
def test_the_counter_offer_is_a_version_that_the_server_agrees_to(
    unknown: Exchange, second: Exchange | None, expected: list[Status]
) -> None:
    facts = lifecycle.UnknownVersion(agreed(), unknown, False, second)
    assert [status(check, facts) for check in VERSIONS] == expected


def test_a_counter_offer_that_the_survey_saw_agreed_to_needs_no_further_proof() -> None:
    facts = lifecycle.UnknownVersion(agreed(), agreed(), True, None)
    assert [status(check, facts) for check in VERSIONS] == [PASS, PASS, PASS]


@pytest.mark.parametrize(
    ("other", "expected"),
    [(agreed(), PASS), (agreed("2024-11-05"), FAIL), (refusal(), FAIL), (silence(), UNSEEN)],
)
def test_every_client_gets_the_version_it_asks_for(other: Exchange, expected: Status) -> None:
    facts = lifecycle.Clients(agreed(), agreed("2024-11-05"), other, REVISION)
    assert status(lifecycle.version_depends_on_client, facts) is expected


@pytest.mark.parametrize(("future", "expected"), [(agreed(), PASS), (refusal(), FAIL), (silence(), UNSEEN)])
def test_unknown_capabilities_are_no_reason_to_refuse(future: Exchange, expected: Status) -> None:
    facts = lifecycle.Clients(agreed(), future, None if future.ok else agreed(), REVISION)
    assert status(lifecycle.refuses_unknown_capabilities, facts) is expected


def test_who_is_refused_either_way_is_not_refused_for_its_capabilities() -> None:
    facts = lifecycle.Clients(agreed(), refusal(), refusal(), REVISION)
    assert status(lifecycle.refuses_unknown_capabilities, facts) is UNSEEN
    assert status(lifecycle.version_depends_on_client, facts) is FAIL


def request(method: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 77, "method": method}


def test_before_initialized_the_server_only_pings() -> None:
    check = initialized.requests_before_initialized
    answer = exchange(result={})
    early = exchange(messages=(request("roots/list"),))
    assert status(check, initialized.Unconfirmed(agreed(), answer, ())) is PASS
    assert status(check, initialized.Unconfirmed(agreed(), answer, (exchange(messages=(request("ping"),)),))) is PASS
    assert status(check, initialized.Unconfirmed(agreed(), answer, (early,))) is FAIL
    assert status(check, initialized.Unconfirmed(agreed(), early, ())) is FAIL


@pytest.mark.parametrize(("answer", "expected"), [(exchange(result={}), PASS), (refusal(), FAIL), (silence(), UNSEEN)])
def test_ping_is_answered_before_initialized(answer: Exchange, expected: Status) -> None:
    assert status(initialized.refused_before_initialized, initialized.Unconfirmed(agreed(), answer, ())) is expected


def test_ping_is_answered_with_nothing() -> None:
    alive, full = exchange(result={}), exchange(result={"ok": True, "_meta": {}})
    answered, empty = ping.ping_not_answered, ping.ping_result_not_empty
    good = ping.Pings(alive, exchange(result={"_meta": {}}), alive)
    assert status(answered, good) is status(empty, good) is PASS
    assert status(answered, ping.Pings(refusal(-32601), alive, alive)) is FAIL
    assert status(answered, ping.Pings(alive, exchange(status=202), alive)) is FAIL
    assert status(answered, ping.Pings(silence(), silence(), alive)) is FAIL
    assert status(answered, ping.Pings(silence(), silence(), silence())) is UNSEEN
    assert status(empty, ping.Pings(full, alive, alive)) is FAIL
    assert status(empty, ping.Pings(refusal(), refusal(), alive)) is UNSEEN


def uses(*declared: capabilities.Use, undeclared: tuple[capabilities.Use, ...] = ()) -> capabilities.Uses:
    return capabilities.Uses(exchange(result={}), declared, undeclared)


def use(answer: Exchange, capability: str = "prompts") -> capabilities.Use:
    return capabilities.Use(capability, capability, answer)


def test_what_is_declared_has_to_be_served() -> None:
    check = capabilities.declares_capability_it_does_not_serve
    assert status(check, uses()) is Status.NOT_APPLICABLE
    assert status(check, uses(use(refusal(-32602)))) is PASS
    assert status(check, uses(use(silence()))) is UNSEEN
    found = verdicts(check, uses(use(exchange(result={"tools": []}), "tools"), use(refusal(-32601, status=404))))
    assert [(item.status, item.subject) for item in found] == [(FAIL, "capability:prompts")]


def test_what_is_served_has_to_be_declared_unless_it_is_empty() -> None:
    check = capabilities.serves_undeclared_capability
    assert status(check, uses()) is Status.NOT_APPLICABLE
    assert status(check, uses(undeclared=(use(exchange(result={"prompts": []})),))) is PASS
    assert status(check, uses(undeclared=(use(refusal(-32601)),))) is PASS
    assert status(check, uses(undeclared=(use(silence()),))) is UNSEEN
    assert status(check, uses(undeclared=(use(exchange(result={"prompts": [{"name": "a"}]})),))) is FAIL


ALIVE = exchange(result={})
ANSWERED = exchange(error={"code": -32601, "message": "no"}, rpc_id=None)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (exchange(status=202, rpc_id=None), PASS),
        (exchange(error={"code": -32600, "message": "no"}, rpc_id=None, status=400), PASS),
        (ANSWERED, FAIL),
        (exchange(result={}, rpc_id=None), FAIL),
    ],
)
def test_a_notification_is_never_answered(answer: Exchange, expected: Status) -> None:
    quiet = Trial("x", exchange(status=202, rpc_id=None))
    trial = Trial("a notification", answer)
    unknown = notifications.Notifications(ALIVE, (trial,), quiet, ALIVE)
    without_id = notifications.Notifications(ALIVE, (quiet,), trial, ALIVE)
    assert status(notifications.answers_unknown_notification, unknown) is expected
    assert status(notifications.answers_request_without_id, without_id) is expected
    assert status(notifications.answers_request_without_id, unknown) is PASS
    cancelled = notifications.Cancellations(ALIVE, quiet, trial, quiet, ALIVE)
    malformed = notifications.Cancellations(ALIVE, quiet, quiet, trial, ALIVE)
    assert status(notifications.answers_unknown_cancellation, cancelled) is expected
    assert status(notifications.answers_malformed_cancellation, malformed) is expected
    assert status(notifications.answers_malformed_cancellation, cancelled) is PASS


def test_without_a_control_afterwards_silence_proves_nothing() -> None:
    quiet = Trial("x", exchange(status=202, rpc_id=None))
    facts = notifications.Notifications(ALIVE, (quiet,), quiet, silence())
    assert status(notifications.answers_unknown_notification, facts) is UNSEEN


@pytest.mark.parametrize(
    ("afterwards", "expected"),
    [(ALIVE, PASS), (refusal(-32603), FAIL), (exchange(outcome=Outcome.CLOSED), FAIL), (silence(), UNSEEN)],
)
def test_a_session_survives_cancellations(afterwards: Exchange, expected: Status) -> None:
    quiet = Trial("x", exchange(status=202, rpc_id=None))
    facts = notifications.Cancellations(ALIVE, quiet, quiet, quiet, afterwards)
    assert status(notifications.breaks_session, facts) is expected


def reports(*pairs: tuple[Any, Any]) -> Exchange:
    messages = tuple(
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token, "progress": value}}
        for token, value in pairs
    )
    return exchange(messages=messages)


def test_progress_is_reported_for_tokens_that_were_given() -> None:
    check = progress.unsolicited_token
    assert status(check, progress.Progress((), ())) is UNSEEN
    assert status(check, progress.Progress((reports(("a", 1)),), ("a",))) is PASS
    assert status(check, progress.Progress((reports(("1", 1)),), (1,))) is FAIL
    assert status(check, progress.Progress((reports((None, 1)),), ("a",))) is FAIL


def test_progress_increases() -> None:
    check = progress.does_not_increase
    assert status(check, progress.Progress((reports(("a", 1), ("b", 1), ("a", 2)),), ())) is PASS
    assert status(check, progress.Progress((reports(("a", 2), ("a", 2)),), ())) is FAIL
    assert status(check, progress.Progress((reports(("a", 1)), reports(("a", 1))), ())) is UNSEEN
