"""The requests of a mix."""

import json
from collections import Counter

import pytest
from mcp_audit_harness.load.generator.messages import Mix, notification, request
from mcp_audit_harness.load.plan import Ask, Plan, Profile, Stage
from mcp_audit_harness.model import Revision
from mcp_audit_harness.wire.own_words import META_VERSION

NEW, OLD = Revision.V2026_07_28, Revision.V2025_11_25


def _plan(*asks: Ask, seed: int = 0) -> Plan:
    profile = Profile("p", "p", (Stage(1, 1),))
    return Plan("http://127.0.0.1:1/mcp", (), True, (), (), None, OLD, profile, asks, seed=seed)


def test_a_request_is_whole_once_it_has_an_id() -> None:
    asked = request(OLD, "tools/call add", "tools/call", {"name": "add", "arguments": {"a": 1}}, {})

    assert json.loads(asked.body(12)) == {
        "jsonrpc": "2.0",
        "id": 12,
        "method": "tools/call",
        "params": {"name": "add", "arguments": {"a": 1}},
    }
    assert asked.head == b""


def test_a_stateless_request_carries_its_context_and_mirrors_it_in_headers() -> None:
    schemas = {"add": {"properties": {"a": {"x-mcp-header": "A"}}}}
    asked = request(NEW, "tools/call add", "tools/call", {"name": "add", "arguments": {"a": 1}}, schemas)

    assert json.loads(asked.body(1))["params"]["_meta"][META_VERSION] == "2026-07-28"
    lines = asked.head.decode().split("\r\n")
    assert {"mcp-method: tools/call", "mcp-name: add", "mcp-protocol-version: 2026-07-28", "mcp-param-a: 1"} <= {*lines}


def test_a_request_without_params_has_none() -> None:
    assert json.loads(request(OLD, "ping", "ping", {}, {}).body(1)) == {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def test_a_notification_has_no_id() -> None:
    told = notification(OLD, "notifications/initialized")

    assert json.loads(told.before) == {"jsonrpc": "2.0", "method": "notifications/initialized"}


def test_kinds_come_by_weight_and_variants_in_turn() -> None:
    mix = Mix(_plan(Ask("a", "tools/list", 3, ({"n": 1}, {"n": 2})), Ask("b", "ping", 1, ({},))))

    drawn = [mix.next() for _ in range(4000)]

    assert Counter(one.label for one in drawn)["a"] == pytest.approx(3000, abs=150)
    variants = [json.loads(one.body(1))["params"]["n"] for one in drawn if one.label == "a"]
    assert variants[:4] == [1, 2, 1, 2]


def test_a_seed_draws_the_same_mix_again() -> None:
    asks = (Ask("a", "tools/list", 1, ({},)), Ask("b", "ping", 1, ({},)))

    first, again, other = (
        [mix.next().label for _ in range(50)] for mix in (Mix(_plan(*asks)), Mix(_plan(*asks)), Mix(_plan(*asks), 1))
    )

    assert first == again
    assert first != other
