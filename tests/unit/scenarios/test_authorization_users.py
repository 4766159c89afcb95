"""Tokens of smaller scope, of other users, and of nobody are judged on hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Presence, Status, Transport
from mcp_audit_scenarios.conformance import authorization_scopes as scopes
from mcp_audit_scenarios.conformance import authorization_users as users
from mcp_audit_scenarios.conformance import exposure

from tests.exchanges import exchange, refusal, silence, status, subjects

OK = exchange(result={"content": []})
COMPLETE = 'Bearer error="insufficient_scope", scope="write", resource_metadata="https://a/m"'
METADATA = 'resource_metadata="https://a/m"'


def forbidden(challenge: str = COMPLETE, code: int = 403) -> Exchange:
    return exchange(status=code, headers=(("www-authenticate", challenge),))


def narrowed(answer: Exchange) -> scopes.Narrowed:
    return scopes.Narrowed(OK, (scopes.Narrow("tool:write", OK, answer),))


@pytest.mark.parametrize(
    ("answer", "status_due", "challenge_due"),
    [
        (forbidden(), Status.PASS, Status.PASS),
        (forbidden(code=401), Status.FAIL, Status.NOT_OBSERVED),
        (exchange(result={"isError": True}, body="this call needs the scopes write"), Status.FAIL, Status.NOT_OBSERVED),
        (refusal(-32000, body="Permission denied"), Status.FAIL, Status.NOT_OBSERVED),
        (exchange(result={"isError": True}, body="no such file"), Status.NOT_OBSERVED, Status.NOT_OBSERVED),
        (exchange(status=403), Status.PASS, Status.FAIL),
        (forbidden(f'Bearer scope="write", {METADATA}'), Status.PASS, Status.FAIL),
        (forbidden(f'Bearer error="insufficient_scope", {METADATA}'), Status.PASS, Status.FAIL),
        (forbidden('Bearer error="insufficient_scope", scope="write"'), Status.PASS, Status.FAIL),
    ],
)
def test_the_refusal_of_a_smaller_scope_is_judged(answer: Exchange, status_due: Status, challenge_due: Status) -> None:
    assert status(scopes.scope_refused_without_403, narrowed(answer)) is status_due
    assert status(scopes.scope_challenge_incomplete, narrowed(answer)) is challenge_due


def test_stepping_up_is_seen_where_a_403_names_the_scopes() -> None:
    assert scopes.step_up.sight(narrowed(forbidden())).presence is Presence.IMPLEMENTED
    assert scopes.step_up.sight(narrowed(exchange(status=403))).presence is Presence.MISSING
    assert scopes.step_up.sight(narrowed(refusal(-32000, body="denied"))).presence is Presence.UNSEEN


def test_what_is_tried_comes_from_all_over_a_list() -> None:
    items: list[dict[str, Any]] = [{"name": str(number)} for number in range(80)]
    assert [item["name"] for item in scopes._spread(items, 4)] == ["0", "20", "40", "60"]
    assert scopes._spread(items[:3], 4) == items[:3]


def shared(other: Exchange, *, after: Exchange = OK, assigned: bool = True) -> users.SharedSession:
    return users.SharedSession(welcome=OK, before=OK, other=other, after=after, assigned=assigned)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (shared(exchange(status=404)), Status.PASS),
        (shared(OK), Status.FAIL),
        (shared(silence()), Status.NOT_OBSERVED),
        (shared(exchange(status=404), after=exchange(status=404)), Status.NOT_OBSERVED),
        (shared(OK, assigned=False), Status.NOT_APPLICABLE),
    ],
)
def test_a_session_is_for_one_user(facts: users.SharedSession, expected: Status) -> None:
    assert status(users.session_open_to_others, facts) is expected


def tools(*names: str, scope: str = "public") -> Exchange:
    return exchange(result={"tools": [{"name": name} for name in names], "cacheScope": scope, "ttlMs": 1})


@pytest.mark.parametrize(
    ("own", "again", "other", "expected"),
    [
        (tools("a"), tools("a"), tools("a"), Status.PASS),
        (tools("a"), tools("a"), tools("b"), Status.FAIL),
        (tools("a", scope="private"), tools("a"), tools("b", scope="private"), Status.PASS),
        (tools("a"), tools("b"), tools("c"), Status.PASS),
        (tools("a"), tools("a"), exchange(status=403), Status.NOT_OBSERVED),
    ],
)
def test_what_differs_between_users_is_private(
    own: Exchange, again: Exchange, other: Exchange, expected: Status
) -> None:
    facts = users.TwoUsers(OK, (users.Compared("tools/list", own, again, other),))
    assert status(users.public_though_personal, facts) is expected
    assert subjects(users.public_though_personal, facts) == (["method:tools/list"] if expected is Status.FAIL else [])


@pytest.mark.parametrize(
    ("answer", "has_credentials", "local", "expected"),
    [
        (exchange(status=401), True, True, Status.PASS),
        (OK, True, True, Status.FAIL),
        (OK, False, True, Status.NOT_APPLICABLE),
        (OK, False, False, Status.FAIL),
        (silence(), True, True, Status.NOT_OBSERVED),
    ],
)
def test_whoever_serves_anyone_is_judged_by_who_can_reach_it(
    answer: Exchange, has_credentials: bool, local: bool, expected: Status
) -> None:
    assert status(exposure.serves_anyone, exposure.Anybody(OK, answer, has_credentials, local)) is expected


def hello(name: str = "one", code: int = 200) -> Exchange:
    return exchange(result={"serverInfo": {"name": name}}, status=code)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (exchange(outcome=Outcome.UNREACHABLE, note="connection refused"), Status.PASS),
        (hello(), Status.FAIL),
        (hello("another"), Status.NOT_OBSERVED),
        (exchange(status=404), Status.NOT_OBSERVED),
        (exchange(outcome=Outcome.UNREACHABLE, note="no connection within the time allowed"), Status.NOT_APPLICABLE),
        (silence(), Status.NOT_APPLICABLE),
        (None, Status.NOT_APPLICABLE),
    ],
)
def test_a_local_server_answers_at_its_own_address_only(answer: Exchange | None, expected: Status) -> None:
    facts = exposure.Neighbour("127.0.0.2", hello(), answer)
    assert status(exposure.listens_on_every_address, facts) is expected


def error(data: Any) -> Exchange:
    return exchange(error={"code": -32000, "message": "no", "data": data}, transport=Transport.STDIO)


def test_a_login_over_stdio_is_found_in_errors_only() -> None:
    asking, plain = error({"WWW-Authenticate": "Bearer"}), error("set API_KEY in the environment")
    said = (exchange(result={"text": "see resource_metadata"}, transport=Transport.STDIO),)
    assert status(exposure.login_over_stdio, exposure.StdioErrors(said, (plain, asking))) is Status.FAIL
    assert status(exposure.login_over_stdio, exposure.StdioErrors(said, (plain,))) is Status.PASS
    assert status(exposure.login_over_stdio, exposure.StdioErrors(said, ())) is Status.PASS
    assert status(exposure.login_over_stdio, exposure.StdioErrors((), ())) is Status.NOT_OBSERVED
