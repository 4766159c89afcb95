"""Challenges are taken apart as RFC 9110 writes them."""

import pytest
from mcp_audit_scenarios.conformance.challenge import Challenge, bearer, challenges

from tests.exchanges import exchange


def of(*values: str) -> list[Challenge]:
    headers = tuple(("www-authenticate", value) for value in values)
    return list(challenges(exchange(status=401, headers=headers)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bearer", [Challenge("bearer")]),
        ('Bearer scope="a b"', [Challenge("bearer", {"scope": "a b"})]),
        ("Bearer error=invalid_token,scope=a", [Challenge("bearer", {"error": "invalid_token", "scope": "a"})]),
        ('Basic realm="a, b", Bearer', [Challenge("basic", {"realm": "a, b"}), Challenge("bearer")]),
        (r'bearer realm="say \"x\""', [Challenge("bearer", {"realm": 'say "x"'})]),
        ("Negotiate YWJj==, Bearer scope=a", [Challenge("negotiate"), Challenge("bearer", {"scope": "a"})]),
        ("Bearer , scope=a", [Challenge("bearer", {"scope": "a"})]),
        ('Bearer resource_metadata="http://a/b?c=d"', [Challenge("bearer", {"resource_metadata": "http://a/b?c=d"})]),
        ("", []),
        ('"', []),
        ('Bearer scope="never closed', [Challenge("bearer", {"scope": ""})]),
    ],
)
def test_a_challenge_is_its_scheme_and_its_parameters(text: str, expected: list[Challenge]) -> None:
    assert of(text) == expected


def test_several_headers_are_one_list() -> None:
    assert [found.scheme for found in of("Basic", 'Bearer scope="a"')] == ["basic", "bearer"]


def test_the_bearer_challenge_is_found_among_others() -> None:
    found = bearer(exchange(status=401, headers=(("www-authenticate", 'Basic realm="x", Bearer scope="b a"'),)))
    assert found is not None
    assert found.scopes == {"a", "b"}
