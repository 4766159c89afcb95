"""The checks of log messages judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import log_messages, log_trials
from mcp_audit_scenarios.conformance.log_messages import Logged
from mcp_audit_scenarios.conformance.log_trials import LogTrial

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL = Status.PASS, Status.FAIL
UNSEEN, INAPPLICABLE = Status.NOT_OBSERVED, Status.NOT_APPLICABLE
OPENING = exchange(method="initialize", result={"capabilities": {}})
OK = exchange(method="logging/setLevel", result={})
EVERY = (
    log_messages.logs_without_capability,
    log_messages.secret_in_message,
    log_messages.internals_in_message,
    log_messages.empty_message,
    log_messages.inconsistent_logger_names,
    log_messages.floods_client,
)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


def _message(**params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "done", **params}}


def _call(*messages: dict[str, Any], **fields: Any) -> Exchange:
    answer = {"jsonrpc": "2.0", "id": 1, "result": {"content": []}}
    return exchange(method="tools/call", messages=(*messages, answer), **fields)


def _logged(*exchanges: Exchange, declared: bool = True, levels: tuple[Exchange, ...] = ()) -> Logged:
    return Logged(declared, OPENING, exchanges, levels)


@pytest.mark.parametrize("check", EVERY)
def test_without_messages_nothing_is_judged(check: Check) -> None:
    assert status(check, _logged()) is UNSEEN
    assert status(check, _logged(declared=False)) is INAPPLICABLE


@pytest.mark.parametrize(
    ("data", "secret"),
    [
        ("started", PASS),
        ({"step": 1, "of": [2, 3]}, PASS),
        ("password is wrong", PASS),
        ("postgres://app:***@db.example/main", PASS),
        ("postgres://app:hunter22@db.example/main", FAIL),
        ({"env": {"KEY": "AKIAIOSFODNN7EXAMPLE"}}, FAIL),
        (f"Authorization: Bearer {JWT}", FAIL),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA75", FAIL),
        ("ghp_" + "a1" * 18, FAIL),
    ],
)
def test_a_secret_is_what_looks_like_no_other_thing(data: Any, secret: Status) -> None:
    assert status(log_messages.secret_in_message, _logged(_call(_message(data=data)))) is secret


def test_what_the_client_said_itself_is_no_secret_of_the_server() -> None:
    echo = _call(_message(data=f"called with {JWT}"), sent_body=f'{{"arguments": {{"text": "{JWT}"}}}}')
    assert status(log_messages.secret_in_message, _logged(echo)) is PASS


@pytest.mark.parametrize(
    ("data", "internals"),
    [
        ("Traceback (most recent call last):", PASS),
        ('Traceback (most recent call last):\n  File "/srv/app.py", line 3, in f', FAIL),
        ("Error: no\n    at run (/srv/app.js:3:14)\n    at main (/srv/app.js:9:1)", FAIL),
        ("goroutine 1 [running]:\nmain.main()", FAIL),
        ("failed at line 3", PASS),
    ],
)
def test_a_stack_trace_shows_the_inside(data: str, internals: Status) -> None:
    assert status(log_messages.internals_in_message, _logged(_call(_message(data=data)))) is internals


@pytest.mark.parametrize(
    ("data", "empty"), [("done", PASS), (0, PASS), (False, PASS), ("", FAIL), (" ", FAIL), ({}, FAIL), (None, FAIL)]
)
def test_a_message_has_content(data: Any, empty: Status) -> None:
    assert status(log_messages.empty_message, _logged(_call(_message(data=data)))) is empty


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("app",), PASS),
        (("app", "db"), PASS),
        (("app", "App"), FAIL),
        (("my-app", "my_app"), FAIL),
        ((None, "app"), PASS),
        ((None,), UNSEEN),
        ((7,), UNSEEN),
    ],
)
def test_names_of_one_logger_are_spelled_alike(names: tuple[Any, ...], expected: Status) -> None:
    facts = _logged(*(_call(_message(**({"logger": name} if name is not None else {}))) for name in names))
    assert status(log_messages.inconsistent_logger_names, facts) is expected


@pytest.mark.parametrize(("count", "elapsed", "expected"), [(200, 1.0, PASS), (300, 10.0, FAIL), (300, 9000.0, PASS)])
def test_a_flood_is_many_messages_at_once(count: int, elapsed: float, expected: Status) -> None:
    facts = _logged(_call(*[_message()] * count, elapsed_ms=elapsed))
    assert status(log_messages.floods_client, facts) is expected


def test_logging_is_declared_by_who_logs() -> None:
    assert status(log_messages.logs_without_capability, _logged(_call(_message()))) is PASS
    assert status(log_messages.logs_without_capability, _logged(_call(_message()), declared=False)) is FAIL


def test_log_messages_are_a_feature_that_shows_in_a_call() -> None:
    def presence(facts: Logged) -> Presence:
        sighting = log_messages.log_messages.sight(facts)
        return sighting.presence

    assert presence(_logged(_call(_message()))) is Presence.IMPLEMENTED
    assert presence(_logged(_call(_message()), declared=False)) is Presence.PARTIAL
    assert presence(_logged()) is Presence.UNSEEN
    assert presence(_logged(declared=False)) is Presence.MISSING


def test_setting_a_level_is_a_feature_that_shows_in_its_answer() -> None:
    def presence(facts: Logged) -> Presence:
        return log_messages.level_setting.sight(facts).presence

    assert presence(_logged(levels=(OK,))) is Presence.IMPLEMENTED
    assert presence(_logged(levels=(refusal(-32601),))) is Presence.MISSING
    assert presence(_logged()) is Presence.UNSEEN
    assert presence(_logged(declared=False)) is Presence.MISSING


LOUD = _call(_message(level="info"), _message(level="error"))
QUIET = _call(_message(level="error"))


@pytest.mark.parametrize(
    ("everything", "raised", "errors", "expected"),
    [
        (LOUD, OK, QUIET, PASS),
        (LOUD, OK, _call(), PASS),
        (LOUD, None, QUIET, PASS),
        (LOUD, OK, LOUD, FAIL),
        (LOUD, OK, _call(_message(level="verbose")), PASS),
        (LOUD, refusal(-32601), LOUD, UNSEEN),
        (QUIET, OK, QUIET, UNSEEN),
        (LOUD, OK, silence(), UNSEEN),
    ],
)
def test_a_level_keeps_lower_messages_away(
    everything: Exchange, raised: Exchange | None, errors: Exchange, expected: Status
) -> None:
    facts = LogTrial("talks", (everything,), raised, (errors,))
    assert status(log_trials.ignores_level, facts) is expected


@pytest.mark.parametrize(
    ("beside", "called", "expected"),
    [
        (_call(), LOUD, PASS),
        (silence(), LOUD, PASS),
        (_call(_message()), LOUD, FAIL),
        (_call(), _call(), UNSEEN),
        (None, None, INAPPLICABLE),
    ],
)
def test_messages_of_a_request_stay_on_its_stream(
    beside: Exchange | None, called: Exchange | None, expected: Status
) -> None:
    facts = LogTrial("talks", (LOUD,), None, (QUIET,), beside, called)
    assert status(log_trials.message_on_other_stream, facts) is expected
