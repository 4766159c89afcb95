from typing import Any

import pytest
from mcp_audit_harness.model import Revision
from mcp_audit_harness.session.client import Ids, answer
from mcp_audit_harness.wire.own_words import (
    META_CAPABILITIES,
    META_CLIENT_INFO,
    META_VERSION,
    capabilities_at,
    initialize_params,
    with_context,
)

OLD, NEW = Revision.V2025_11_25, Revision.V2026_07_28


@pytest.mark.parametrize("method", ["ping", "roots/list", "sampling/createMessage", "elicitation/create"])
def test_every_declared_feature_is_answered_with_a_result(method: str) -> None:
    assert "result" in _answered({"jsonrpc": "2.0", "id": "a", "method": method})


@pytest.mark.parametrize("method", ["tools/list", None, 5, ["ping"]])
def test_a_method_that_no_client_serves_is_not_found(method: object) -> None:
    reply = _answered({"jsonrpc": "2.0", "id": 3, "method": method})
    assert reply["error"]["code"] == -32601
    assert reply["id"] == 3


def test_an_elicitation_is_declined() -> None:
    assert _answered({"id": 1, "method": "elicitation/create"})["result"] == {"action": "decline"}


def test_a_scenario_answers_in_place_of_the_canned_replies() -> None:
    reply = answer({"id": 1, "method": "elicitation/create"}, lambda _: {"action": "accept"})
    assert reply == {"jsonrpc": "2.0", "id": 1, "result": {"action": "accept"}}


def test_a_scenario_may_answer_with_an_error() -> None:
    reply = answer({"id": 1, "method": "ping"}, lambda _: {"error": {"code": -1, "message": "Rejected"}})
    assert reply == {"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": "Rejected"}}


def test_a_scenario_may_stay_silent() -> None:
    assert answer({"id": 1, "method": "ping"}, lambda _: None) is None


def _answered(request: dict[str, Any]) -> dict[str, Any]:
    reply = answer(request)
    assert reply is not None
    return reply


def test_no_revision_is_told_of_a_feature_that_a_later_one_brought() -> None:
    assert set(capabilities_at(Revision.V2025_03_26)) == {"roots", "sampling"}
    assert capabilities_at(Revision.V2025_06_18)["elicitation"] == {}
    assert set(capabilities_at(OLD)["elicitation"]) == {"form", "url"}
    assert capabilities_at(NEW)["roots"] == {}


def test_ids_count_from_one() -> None:
    ids = Ids()
    assert [ids.next(), ids.next()] == [1, 2]


def test_initialize_asks_for_the_given_version_with_every_capability() -> None:
    assert initialize_params("2024-11-05")["capabilities"] == capabilities_at(Revision.V2024_11_05)
    params = initialize_params("1999-01-01")
    assert params["protocolVersion"] == "1999-01-01"
    assert params["capabilities"] == capabilities_at(OLD)


def test_a_handshake_request_has_no_meta_of_its_own() -> None:
    assert with_context(None, OLD) == {}
    assert with_context({"a": 1}, OLD) == {"a": 1}


def test_a_stateless_request_carries_its_context() -> None:
    meta = with_context({"a": 1}, NEW)["_meta"]
    assert meta[META_VERSION] == "2026-07-28"
    assert set(meta) == {META_VERSION, META_CLIENT_INFO, META_CAPABILITIES}


def test_meta_replaces_and_removes_single_members() -> None:
    meta = with_context(None, NEW, {}, {META_VERSION: "x", META_CLIENT_INFO: None, "progressToken": 5})["_meta"]
    assert meta == {META_VERSION: "x", META_CAPABILITIES: {}, "progressToken": 5}


def test_meta_is_left_out_when_every_member_is_removed() -> None:
    removed = dict.fromkeys((META_VERSION, META_CLIENT_INFO, META_CAPABILITIES))
    assert with_context({"a": 1}, NEW, None, removed) == {"a": 1}


def test_meta_that_is_no_object_is_left_alone() -> None:
    assert with_context({"_meta": 5}, NEW) == {"_meta": 5}


def test_the_callers_parameters_are_not_changed() -> None:
    params = {"_meta": {"a": 1}}
    with_context(params, NEW)
    assert params == {"_meta": {"a": 1}}
