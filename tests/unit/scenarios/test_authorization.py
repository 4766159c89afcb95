"""Authorization is judged on hand-built exchanges: what strangers get, what challenges say, which tokens are good."""

import dataclasses
import json
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import authorization as requests
from mcp_audit_scenarios.conformance import authorization_challenge as challenge
from mcp_audit_scenarios.conformance import authorization_tokens as tokens
from mcp_audit_scenarios.conformance.challenge import let_in, out_of_order
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status, subjects

METADATA = "https://mcp.example/.well-known/oauth-protected-resource/mcp"
FULL = f'Bearer error="invalid_token", scope="read", resource_metadata="{METADATA}"'
OK = exchange(result={})
BUSY = exchange(status=429)


def unauthorized(challenge: str | None = FULL, code: int = 401, **fields: Any) -> Exchange:
    headers = () if challenge is None else (("www-authenticate", challenge),)
    return exchange(status=code, headers=headers, **fields)


def asked(name: str, answer: Exchange) -> Trial:
    return Trial(name, answer)


# What strangers are served.


def without_token(**changed: Any) -> requests.WithoutToken:
    facts = requests.WithoutToken(
        control=OK,
        trials=(asked("ping", unauthorized()), asked("tools/list", unauthorized())),
        existing=(asked("tools/call", unauthorized()),),
        again=(asked("tools/call", unauthorized()),),
        made_up=(asked("tools/call", unauthorized()), asked("a method that nobody has", unauthorized())),
        in_session=True,
    )
    return dataclasses.replace(facts, **changed)


ABOUT_REQUESTS = (
    requests.session_replaces_token,
    requests.method_skips_authorization,
    requests.looks_before_validating,
    requests.refusal_tells_what_exists,
)


@pytest.mark.parametrize("check", ABOUT_REQUESTS, ids=lambda check: check.id)
def test_a_server_that_refuses_every_stranger_passes(check: Check) -> None:
    assert status(check, without_token()) is Status.PASS


def test_a_session_that_is_enough_is_one_finding() -> None:
    facts = without_token(trials=(asked("ping", OK), asked("tools/list", OK)))
    found = {check.id: status(check, facts) for check in ABOUT_REQUESTS}
    assert found["authorization/session-replaces-token"] is Status.FAIL
    assert found["authorization/method-skips-authorization"] is Status.NOT_OBSERVED
    assert found["authorization/looks-before-validating"] is Status.NOT_OBSERVED


def test_a_session_is_judged_only_where_there_is_one() -> None:
    facts = without_token(in_session=False, trials=(asked("server/discover", OK),))
    assert status(requests.session_replaces_token, facts) is Status.NOT_APPLICABLE
    assert subjects(requests.method_skips_authorization, facts) == ["method:server/discover"]


def test_each_method_that_is_served_to_strangers_is_named() -> None:
    accepted = exchange(status=202)
    facts = without_token(
        trials=(asked("ping", unauthorized()), asked("tools/list", OK), asked("notifications/cancelled", accepted))
    )
    assert subjects(requests.method_skips_authorization, facts) == [
        "method:tools/list",
        "method:notifications/cancelled",
    ]


def test_requests_that_nobody_answers_tell_nothing() -> None:
    facts = without_token(trials=(asked("ping", silence()),), existing=(), again=(), made_up=())
    assert status(requests.session_replaces_token, facts) is Status.NOT_OBSERVED
    assert status(requests.method_skips_authorization, facts) is Status.NOT_OBSERVED
    assert status(requests.looks_before_validating, facts) is Status.NOT_OBSERVED
    assert status(requests.refusal_tells_what_exists, facts) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(-32601), Status.FAIL),
        (refusal(-32602, status=400), Status.FAIL),
        (refusal(-32601, status=401), Status.PASS),
        (refusal(-32600, status=400), Status.NOT_OBSERVED),
        (exchange(status=503), Status.NOT_OBSERVED),
    ],
)
def test_a_stranger_who_learns_that_a_method_is_unknown_was_looked_at_too_early(
    answer: Exchange, expected: Status
) -> None:
    assert status(requests.looks_before_validating, without_token(made_up=(asked("made-up", answer),))) is expected


def test_a_refusal_that_knows_the_tool_tells_that_it_exists() -> None:
    other = unauthorized('Bearer scope="write"')
    assert (
        status(requests.refusal_tells_what_exists, without_token(made_up=(asked("tools/call", other),))) is Status.FAIL
    )
    facts = without_token(made_up=(asked("tools/call", unauthorized(code=404)),))
    assert status(requests.refusal_tells_what_exists, facts) is Status.FAIL


def test_a_challenge_that_is_new_each_time_tells_nothing() -> None:
    facts = without_token(
        existing=(asked("tools/call", unauthorized('Digest nonce="1"')),),
        again=(asked("tools/call", unauthorized('Digest nonce="2"')),),
        made_up=(asked("tools/call", unauthorized('Digest nonce="3"')),),
    )
    assert status(requests.refusal_tells_what_exists, facts) is Status.PASS


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK, True),
        (exchange(status=202), True),
        (exchange(status=200, headers=(("content-type", "text/event-stream"),), verb="GET"), True),
        (exchange(status=200, headers=(("content-type", "text/html"),)), False),
        (exchange(status=200, headers=(("content-type", "application/json"),), verb="GET"), False),
        (refusal(-32600), False),
        (unauthorized(), False),
        (exchange(status=302), False),
    ],
)
def test_what_counts_as_served(answer: Exchange, expected: bool) -> None:
    assert let_in(answer) is expected


def test_a_server_in_trouble_tells_nothing_of_authorization() -> None:
    assert [out_of_order(found) for found in (silence(), BUSY, exchange(status=500), unauthorized())] == [
        True,
        True,
        True,
        False,
    ]


# What the 401 says.


def refused(first: Exchange, again: Exchange | None = None) -> challenge.Refused:
    return challenge.Refused(OK, first, again or first)


@pytest.mark.parametrize(
    ("check", "answer", "expected"),
    [
        (challenge.wrong_status_without_token, unauthorized(), Status.PASS),
        (challenge.wrong_status_without_token, unauthorized(code=403), Status.FAIL),
        (challenge.wrong_status_without_token, refusal(-32600, status=400), Status.FAIL),
        (challenge.wrong_status_without_token, BUSY, Status.NOT_OBSERVED),
        (challenge.wrong_status_without_token, OK, Status.NOT_OBSERVED),
        (challenge.no_challenge, unauthorized(), Status.PASS),
        (challenge.no_challenge, unauthorized(None), Status.FAIL),
        (challenge.no_challenge, unauthorized(code=403), Status.NOT_OBSERVED),
        (challenge.no_bearer_challenge, unauthorized(), Status.PASS),
        (challenge.no_bearer_challenge, unauthorized('Basic realm="x"'), Status.FAIL),
        (challenge.no_bearer_challenge, unauthorized(None), Status.NOT_OBSERVED),
        (challenge.challenge_without_metadata, unauthorized(), Status.PASS),
        (challenge.challenge_without_metadata, unauthorized('Bearer scope="a"'), Status.FAIL),
        (challenge.challenge_without_metadata, unauthorized(None), Status.NOT_OBSERVED),
        (challenge.challenge_without_metadata, silence(), Status.NOT_OBSERVED),
        (challenge.challenge_scope_varies, unauthorized(), Status.PASS),
        (challenge.challenge_scope_varies, unauthorized("Bearer"), Status.NOT_APPLICABLE),
        (challenge.challenge_scope_varies, unauthorized(None), Status.NOT_OBSERVED),
    ],
)
def test_a_refusal_is_judged(check: Check, answer: Exchange, expected: Status) -> None:
    assert status(check, refused(answer)) is expected


def test_scopes_are_a_set() -> None:
    turned = refused(unauthorized('Bearer scope="a b"'), unauthorized('Bearer scope="b a"'))
    other = refused(unauthorized('Bearer scope="a"'), unauthorized('Bearer scope="b"'))
    assert status(challenge.challenge_scope_varies, turned) is Status.PASS
    assert status(challenge.challenge_scope_varies, other) is Status.FAIL


# Which tokens are good.


def bad_tokens(answer: Exchange, malformed: Exchange | None = None) -> tokens.BadTokens:
    return tokens.BadTokens(OK, (asked("a made-up token", answer),), (asked("no token", malformed or answer),))


@pytest.mark.parametrize(
    ("check", "answer", "expected"),
    [
        (tokens.accepts_bad_token, unauthorized(), Status.PASS),
        (tokens.accepts_bad_token, OK, Status.FAIL),
        (tokens.accepts_bad_token, silence(), Status.NOT_OBSERVED),
        (tokens.wrong_status_for_bad_token, unauthorized(), Status.PASS),
        (tokens.wrong_status_for_bad_token, unauthorized(code=403), Status.FAIL),
        (tokens.wrong_status_for_bad_token, BUSY, Status.NOT_OBSERVED),
        (tokens.wrong_status_for_bad_token, OK, Status.NOT_OBSERVED),
        (tokens.bad_token_unexplained, unauthorized(), Status.PASS),
        (tokens.bad_token_unexplained, unauthorized('Bearer realm="x"'), Status.FAIL),
        (tokens.bad_token_unexplained, unauthorized(None), Status.FAIL),
        (tokens.bad_token_unexplained, unauthorized(code=403), Status.NOT_OBSERVED),
    ],
)
def test_a_bad_token_is_judged(check: Check, answer: Exchange, expected: Status) -> None:
    assert status(check, bad_tokens(answer)) is expected


def test_a_header_without_a_token_may_be_called_malformed() -> None:
    assert status(tokens.wrong_status_for_bad_token, bad_tokens(unauthorized(), exchange(status=400))) is Status.PASS
    assert status(tokens.wrong_status_for_bad_token, bad_tokens(exchange(status=400), unauthorized())) is Status.FAIL


@pytest.mark.parametrize(
    ("answer", "expected"), [(unauthorized(), Status.PASS), (OK, Status.FAIL), (silence(), Status.NOT_OBSERVED)]
)
def test_tokens_in_urls_and_tokens_of_others_are_judged(answer: Exchange, expected: Status) -> None:
    assert status(tokens.accepts_token_in_query, tokens.TokenInUrl(OK, answer)) is expected
    assert status(tokens.accepts_foreign_audience, tokens.ForeignToken(OK, answer)) is expected


def test_no_token_that_is_sent_gives_the_operators_own_away() -> None:
    from random import Random

    from tests.issuer import Issuer

    token = Issuer("https://mcp.example/mcp").token()
    signature = token.rpartition(".")[2]
    spoiled = dict(tokens._spoiled(token, Random(0)))  # noqa: S311 - repeatable
    assert set(spoiled) == {
        "a made-up token",
        "half a token",
        "a token with a made-up signature",
        "a token that says it is unsigned",
    }
    assert not any(signature in text or signature[:8] in text for text in spoiled.values())
    assert len(spoiled["a token with a made-up signature"]) == len(token)
    assert spoiled["a token that says it is unsigned"].endswith(".")


@pytest.mark.parametrize("token", ["", "short", "a.b.c", f"{json.dumps([1])}.x.y"])
def test_a_token_that_is_no_jwt_is_spoiled_as_far_as_it_goes(token: str) -> None:
    from random import Random

    assert [name for name, _ in tokens._spoiled(token, Random(0))] == ["a made-up token"]  # noqa: S311
