"""The checks of metadata keys judge hand-built messages."""

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import metadata_keys
from mcp_audit_scenarios.conformance.metadata_keys import Key, Keys

from tests.exchanges import exchange, status, subjects

PASS, FAIL = Status.PASS, Status.FAIL


def _facts(*texts: str) -> Keys:
    shown = exchange(result={"_meta": dict.fromkeys(texts, 1)})
    return Keys(tuple(Key(text, shown) for text in texts))


@pytest.mark.parametrize(
    ("text", "prefix", "name", "domain"),
    [
        ("name", PASS, PASS, PASS),
        ("progressToken", PASS, PASS, PASS),
        ("com.example/name", PASS, PASS, PASS),
        ("com.example/", PASS, PASS, PASS),
        ("com.example/a.b_c-d", PASS, PASS, PASS),
        ("io.modelcontextprotocol/related-task", PASS, PASS, PASS),
        ("openai/outputTemplate", PASS, PASS, PASS),
        ("ui/resource/uri", PASS, PASS, PASS),
        ("example.com/name", PASS, PASS, FAIL),
        ("_fastmcp", PASS, FAIL, PASS),
        ("name-", PASS, FAIL, PASS),
        ("/name", FAIL, PASS, PASS),
        ("1st.example/name", FAIL, PASS, PASS),
        ("com..example/name", FAIL, PASS, PASS),
        ("com.example-/name", FAIL, PASS, PASS),
        ("com.exa_mple/name", FAIL, PASS, PASS),
        ("com.example/_name", PASS, FAIL, PASS),
    ],
)
def test_a_key_is_a_prefix_of_labels_and_a_name(text: str, prefix: Status, name: Status, domain: Status) -> None:
    assert status(metadata_keys.malformed_meta_prefix, _facts(text)) is prefix
    assert status(metadata_keys.malformed_meta_name, _facts(text)) is name
    assert status(metadata_keys.meta_prefix_not_reversed, _facts(text)) is domain


def test_a_finding_names_the_key() -> None:
    assert subjects(metadata_keys.malformed_meta_name, _facts("good", "_bad")) == ["meta:_bad"]


@pytest.mark.parametrize(
    "judge",
    [
        metadata_keys.malformed_meta_prefix,
        metadata_keys.malformed_meta_name,
        metadata_keys.meta_prefix_not_reversed,
    ],
)
def test_without_metadata_there_is_nothing_to_judge(judge: object) -> None:
    assert status(judge, Keys(())) is Status.NOT_APPLICABLE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (exchange(result={"tools": [{"name": "a", "_meta": {"x": 1}}], "_meta": {"y": 2}}), ["x", "y"]),
        (exchange(result={"structuredContent": {"_meta": {"x": 1}}}), []),
        (exchange(result={"tools": [{"inputSchema": {"properties": {"_meta": {"type": "object"}}}}]}), []),
        (exchange(result={"_meta": {"x": {"_meta": {"y": 1}}}}), ["x"]),
        (exchange(messages=({"method": "notifications/progress", "params": {"_meta": {"x": 1}}},)), ["x"]),
        (exchange(result={"_meta": 7}), []),
    ],
)
def test_keys_are_taken_from_where_the_protocol_has_metadata(sent: Exchange, found: list[str]) -> None:
    assert sorted(key for message in sent.objects for key in metadata_keys._keys(message)) == found
