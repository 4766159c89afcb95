"""Features of tools, resources, prompts and content: seen, seen in part, missing where they would show, or unseen."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_audit_harness.declare import Feature
from mcp_audit_harness.model import Exchange, Presence
from mcp_audit_scenarios import catalogue
from mcp_audit_scenarios.conformance import content_features, list_features, tool_features
from mcp_audit_scenarios.conformance.inventory import Inventory, inventory

from tests.exchanges import exchange, refusal
from tests.unit.scenarios.hostile_facts import FactsMaker, vocabulary

THERE, PART, MISSING, UNSEEN = Presence.IMPLEMENTED, Presence.PARTIAL, Presence.MISSING, Presence.UNSEEN
CATALOGUE = catalogue()
FEATURES = [feature for feature in CATALOGUE.features if feature.scenario is inventory]


def page(method: str, member: str, *items: Any, **rest: Any) -> Exchange:
    return exchange(result={member: list(items), **rest}, method=method)


def tools(*items: Any, **rest: Any) -> Exchange:
    return page("tools/list", "tools", *items, **rest)


def resources(*items: Any) -> Exchange:
    return page("resources/list", "resources", *items)


def called(name: str, *items: Any, **rest: Any) -> Exchange:
    body = f'{{"params": {{"name": "{name}"}}}}'
    return exchange(result={"content": list(items), **rest}, method="tools/call", sent_body=body)


def seen(*exchanges: Exchange, info: Any = None, **capabilities: Any) -> Inventory:
    opening = exchange(result={"capabilities": capabilities, "serverInfo": info or {}}, method="initialize")
    lists = tuple(one for one in exchanges if (one.sent.method or "").endswith("/list"))
    pages = tuple(one for one in lists if one.ok)
    refused = tuple(one for one in lists if not one.ok)
    return Inventory(capabilities, (opening,), pages, tuple(one for one in exchanges if one not in lists), refused)


def presence(feature: Feature, facts: Inventory) -> Presence:
    return feature.sight(facts).presence


ANNOTATED = {"name": "a", "annotations": {"readOnlyHint": False}}
PLAIN = {"name": "b"}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([ANNOTATED], THERE),
        ([ANNOTATED, PLAIN], PART),
        ([PLAIN], MISSING),
        ([{"name": "c", "annotations": {"title": "C"}}], MISSING),
        ([{"name": "c", "annotations": "read"}], MISSING),
        ([], UNSEEN),
    ],
)
def test_annotations_of_tools_are_counted(items: list[Any], expected: Presence) -> None:
    assert presence(tool_features.annotations, seen(tools(*items))) is expected


def test_a_tool_that_is_listed_often_counts_once() -> None:
    facts = seen(tools(ANNOTATED), tools(ANNOTATED, PLAIN))
    assert tool_features.annotations.sight(facts).note == "1 of 2 tools have annotations that say what they do"


@pytest.mark.parametrize(
    ("exchanges", "expected"),
    [
        ([tools({"name": "a", "outputSchema": {}}, PLAIN)], THERE),
        ([tools(PLAIN), called("b", structuredContent={})], PART),
        ([tools(PLAIN), called("b")], MISSING),
        ([tools()], UNSEEN),
    ],
)
def test_structured_output_shows_in_schemas_and_in_results(exchanges: list[Exchange], expected: Presence) -> None:
    assert presence(tool_features.structured_output, seen(*exchanges)) is expected


LINK = {"type": "resource_link", "uri": "u:", "name": "u"}
RESOURCE = {"uri": "u:", "name": "u"}


@pytest.mark.parametrize(
    ("exchanges", "expected"),
    [
        ([tools(PLAIN), called("b", LINK)], THERE),
        ([tools(PLAIN), resources(RESOURCE), called("b")], MISSING),
        ([tools(PLAIN, ANNOTATED), resources(RESOURCE), called("b")], UNSEEN),
        ([tools(PLAIN), resources(RESOURCE), called("b", isError=True)], UNSEEN),
        ([tools(PLAIN), called("b")], UNSEEN),
        ([], UNSEEN),
    ],
)
def test_links_are_missing_only_where_every_tool_was_called(exchanges: list[Exchange], expected: Presence) -> None:
    assert presence(tool_features.resource_links, seen(*exchanges)) is expected


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{"name": "a", "title": "A"}], THERE),
        ([{"name": "a", "annotations": {"title": "A"}}, PLAIN], PART),
        ([PLAIN], MISSING),
    ],
)
def test_titles_stand_beside_the_name_or_in_the_annotations(items: list[Any], expected: Presence) -> None:
    assert presence(tool_features.titles, seen(tools(*items))) is expected


@pytest.mark.parametrize(
    ("feature", "exchange_of", "capability"),
    [
        (tool_features.tools, tools, "tools"),
        (list_features.resources, resources, "resources"),
        (list_features.prompts, lambda *items: page("prompts/list", "prompts", *items), "prompts"),
    ],
)
def test_what_is_listed_is_offered(feature: Feature, exchange_of: Any, capability: str) -> None:
    assert presence(feature, seen(exchange_of({"name": "a"}))) is THERE
    assert presence(feature, seen(exchange_of(), **{capability: {}})) is PART
    assert presence(feature, seen(**{capability: {}})) is PART
    assert presence(feature, seen()) is MISSING
    assert presence(feature, Inventory({}, (), (), ())) is UNSEEN


def test_templates_alone_are_resources() -> None:
    facts = seen(resources(), page("resources/templates/list", "resourceTemplates", {"uriTemplate": "u:{x}"}))
    assert presence(list_features.resources, facts) is THERE
    assert presence(list_features.templates, facts) is THERE


def test_templates_are_missing_where_they_were_asked_for() -> None:
    empty, some = page("resources/templates/list", "resourceTemplates"), resources(RESOURCE)
    assert presence(list_features.templates, seen(some, empty, resources={})) is MISSING
    refused = refusal(-32601, method="resources/templates/list")
    assert presence(list_features.templates, seen(some, refused, resources={})) is MISSING
    assert presence(list_features.templates, seen(some, resources={})) is UNSEEN
    assert presence(list_features.templates, seen(empty, resources={})) is UNSEEN
    assert presence(list_features.templates, seen(some, empty)) is UNSEEN


@pytest.mark.parametrize(
    ("feature", "area", "member"),
    [
        (tool_features.list_changed, "tools", "listChanged"),
        (list_features.resources_list_changed, "resources", "listChanged"),
        (list_features.prompts_list_changed, "prompts", "listChanged"),
        (list_features.subscriptions, "resources", "subscribe"),
    ],
)
def test_what_is_declared_is_there(feature: Feature, area: str, member: str) -> None:
    some = page(f"{area}/list", area, RESOURCE)
    assert presence(feature, seen(**{area: {member: True}})) is THERE
    assert presence(feature, seen(some, **{area: {member: False}})) is MISSING
    assert presence(feature, seen(some, **{area: {}})) is MISSING
    assert presence(feature, seen(**{area: {}})) is UNSEEN
    assert presence(feature, seen()) is UNSEEN
    assert presence(feature, Inventory({area: {member: True}}, (), (), ())) is UNSEEN


def test_completions_are_declared_where_something_can_be_completed() -> None:
    assert presence(list_features.completions, seen(completions={})) is THERE
    greeting = page("prompts/list", "prompts", {"name": "greet", "arguments": [{"name": "who"}]})
    assert presence(list_features.completions, seen(greeting, prompts={})) is MISSING
    template = page("resources/templates/list", "resourceTemplates", {"uriTemplate": "u:{x}"})
    assert presence(list_features.completions, seen(template)) is MISSING
    completed = exchange(result={"completion": {"values": []}}, method="completion/complete")
    assert presence(list_features.completions, seen(template, completed)) is PART
    assert presence(list_features.completions, seen(page("prompts/list", "prompts", PLAIN), prompts={})) is UNSEEN
    assert presence(list_features.completions, seen()) is UNSEEN


def test_pages_are_missing_only_where_a_list_is_long() -> None:
    assert presence(list_features.pagination, seen(tools(PLAIN, nextCursor="2"))) is THERE
    assert presence(list_features.pagination, seen(tools(*[PLAIN] * 101))) is MISSING
    assert presence(list_features.pagination, seen(tools(*[PLAIN] * 100))) is UNSEEN
    assert presence(list_features.pagination, seen()) is UNSEEN


WITH_ICON = {"name": "a", "icons": [{"src": "data:,"}]}


def test_icons_are_looked_for_on_the_server_and_on_what_it_lists() -> None:
    assert presence(list_features.icons, seen(tools(WITH_ICON, PLAIN), info=WITH_ICON)) is THERE
    assert presence(list_features.icons, seen(tools(WITH_ICON))) is THERE
    assert presence(list_features.icons, seen(tools(WITH_ICON, PLAIN))) is PART
    assert presence(list_features.icons, seen(info=WITH_ICON)) is PART
    assert presence(list_features.icons, seen(tools({"name": "a", "icons": []}))) is MISSING
    assert presence(list_features.icons, seen()) is UNSEEN


def test_icons_of_a_discovered_server_stand_in_the_metadata() -> None:
    meta = {"io.modelcontextprotocol/serverInfo": WITH_ICON}
    opening = exchange(result={"capabilities": {}, "_meta": meta}, method="server/discover")
    assert presence(list_features.icons, Inventory({}, (opening,), (), ())) is PART


def test_annotations_of_content_show_on_resources_and_in_results() -> None:
    noted = {"annotations": {"priority": 0}}
    text = {"type": "text", "text": ""}
    assert presence(content_features.annotations, seen(resources({**RESOURCE, **noted}))) is THERE
    assert presence(content_features.annotations, seen(resources(RESOURCE), called("b", {**text, **noted}))) is THERE
    assert presence(content_features.annotations, seen(resources(RESOURCE))) is MISSING
    assert presence(content_features.annotations, seen(called("b", {**text, "annotations": {}}))) is MISSING
    assert presence(content_features.annotations, seen()) is UNSEEN


@pytest.mark.parametrize(
    ("feature", "kind"),
    [
        (content_features.audio, "audio"),
        (content_features.images, "image"),
        (content_features.embedded_resources, "resource"),
    ],
)
def test_a_kind_of_content_that_was_not_returned_is_unseen(feature: Feature, kind: str) -> None:
    assert presence(feature, seen(called("b", {"type": kind}))) is THERE
    assert presence(feature, seen(called("b", {"type": "text"}))) is UNSEEN


def _answered(facts: Inventory) -> Inventory:
    """Leave out what the scenario does not collect: exchanges without an answer."""
    named = ("openings", "pages", "results", "refusals")
    kept = {name: tuple(one for one in getattr(facts, name) if one.answered) for name in named}
    return Inventory(facts.capabilities, **kept)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(size=st.integers(0, 4), seed=st.integers(0, 2**32))
def test_every_feature_of_the_inventory_takes_any_facts(size: int, seed: int) -> None:
    checks = tuple(check for check in CATALOGUE.checks if check.scenario is inventory)
    random = Random(seed)  # noqa: S311 - nothing is secret here
    facts = _answered(FactsMaker(random, size, vocabulary(checks)).make(Inventory))
    for feature in FEATURES:
        found = feature.sight(facts)
        assert found.note, feature.id
        assert found.evidence or found.presence is UNSEEN, feature.id
        assert feature.sight(facts) == found, feature.id
