"""Scopes and what they include."""

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.scopes import READING, SCOPES, Caller, Scope, expand, in_order, missing


@pytest.mark.parametrize(
    ("held", "granted"),
    [
        ("packs:read", {"packs:read"}),
        ("packs:write", {"packs:write", "packs:read"}),
        ("packs:execute", {"packs:execute", "packs:read", "runs:read"}),
        ("runs:read", {"runs:read"}),
        ("urls:read", {"urls:read"}),
        ("urls:write", {"urls:write", "urls:read"}),
    ],
)
def test_a_wider_scope_includes_the_narrower(held: Scope, granted: set[Scope]) -> None:
    assert expand([held]) == granted
    assert missing(granted, [held]) == frozenset()
    assert missing(SCOPES, [held]) == set(SCOPES) - granted


@pytest.mark.parametrize("held", ["", "openid", "packs", "packs:*", "PACKS:READ", "packs:read "])
def test_a_name_that_is_no_scope_grants_nothing(held: str) -> None:
    assert expand([held]) == frozenset()


def test_nothing_is_missing_where_nothing_is_required() -> None:
    assert missing([], []) == frozenset()


def test_a_refusal_names_all_scopes_of_the_call_in_a_fixed_order() -> None:
    caller = Caller("somebody", frozenset({"packs:write"}))

    caller.require({"packs:read", "packs:write"})
    with pytest.raises(DomainError) as refused:
        caller.require({"runs:read", "packs:read"})

    assert refused.value.code == "SCOPE_REQUIRED"
    assert refused.value.details == {"scopes": ["packs:read", "runs:read"]}
    assert "somebody" not in str(refused.value)


def test_reading_covers_every_read_and_nothing_else() -> None:
    assert in_order(READING) == "packs:read runs:read urls:read"
    assert expand(READING) == READING
