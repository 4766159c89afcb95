"""The checks of server/discover judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import discover

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
VERSIONS = ["2025-11-25", "2026-07-28"]


def found(versions: Any = ..., capabilities: Any = ...) -> Exchange:
    listed = VERSIONS if versions is ... else versions
    return exchange(
        result={"supportedVersions": listed, "capabilities": {} if capabilities is ... else capabilities},
        method="server/discover",
    )


def seen(first: Exchange, second: Exchange | None = None, *at_listed: Exchange) -> discover.Discovery:
    return discover.Discovery(first, second or first, at_listed)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (found(), PASS),
        (found(["DRAFT-2027"]), PASS),
        (found([]), FAIL),
        (found("2026-07-28"), FAIL),
        (found({"2026-07-28": True}), FAIL),
        (found(["2026-07-28", 2026]), FAIL),
        (found([["2026-07-28"]]), FAIL),
        (found(["2026-07-28", "2026-07-28"]), FAIL),
        (found(None), FAIL),
        (exchange(result={}), FAIL),
        (exchange(result=[]), UNSEEN),
        (refusal(-32601), UNSEEN),
        (silence(), UNSEEN),
    ],
)
def test_supported_versions_are_distinct_strings(first: Exchange, expected: Status) -> None:
    assert status(discover.malformed_versions, seen(first)) is expected


@pytest.mark.parametrize(
    ("at_listed", "expected"),
    [
        ([found()], PASS),
        ([found(), refusal(-32022, status=400)], FAIL),
        ([refusal(-32022, status=400), silence()], FAIL),
        ([exchange(status=400)], FAIL),
        ([found(), silence()], UNSEEN),
        ([exchange()], UNSEEN),
        ([], UNSEEN),
    ],
)
def test_every_listed_version_has_to_work(at_listed: list[Exchange], expected: Status) -> None:
    assert status(discover.lists_version_that_it_refuses, seen(found(), None, *at_listed)) is expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (found(), PASS),
        (found(["2026-07-28"]), FAIL),
        (found(capabilities={"tools": {}}), FAIL),
        (found(None), FAIL),
        (refusal(), UNSEEN),
        (silence(), UNSEEN),
    ],
)
def test_two_discoveries_agree(second: Exchange, expected: Status) -> None:
    assert status(discover.changes_between_requests, seen(found(), second)) is expected
    assert status(discover.changes_between_requests, seen(second, found())) is expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2026-07-28", True),
        ("2027-01-01", True),
        ("2025-11-25", False),
        ("2026-07-28\n", False),
        ("\uff12\uff10\uff12\uff17-01-01", False),
        ("DRAFT-2027", False),
        (20270101, False),
        (None, False),
    ],
)
def test_only_dated_versions_of_this_era_are_tried(version: Any, expected: bool) -> None:
    assert discover._is_stateless(version) is expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["com.example/postcards"], PASS),
        (["io.modelcontextprotocol/tasks", "a/b.c_d-e"], PASS),
        (["postcards"], FAIL),
        (["com.example/"], PASS),
        (["com..example/x"], FAIL),
        (["1com/x"], FAIL),
        (["com.example/-x"], FAIL),
        (["/x"], FAIL),
        ([], Status.NOT_APPLICABLE),
    ],
)
def test_extensions_have_a_prefix(names: list[str], expected: Status) -> None:
    facts = seen(found(capabilities={"extensions": {key: {} for key in names}}))
    assert status(discover.malformed_extension_id, facts) is expected


def test_extensions_are_a_feature() -> None:
    declared = found(capabilities={"extensions": {"com.example/postcards": {}}})
    assert discover.extensions.sight(seen(declared)).presence is Presence.IMPLEMENTED
    assert discover.extensions.sight(seen(found())).presence is Presence.MISSING
    assert discover.extensions.sight(seen(refusal())).presence is Presence.UNSEEN
    assert status(discover.malformed_extension_id, seen(refusal())) is UNSEEN
