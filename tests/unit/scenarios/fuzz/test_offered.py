"""The OpenAPI document of an offer: what of it is there, and what requests carry."""

import jsonschema_rs
import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.model import Offer, Revision
from mcp_audit_scenarios.fuzz.offered import projected

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
TOOLS = ({"name": "add", "inputSchema": SCHEMA}, {"name": "wipe", "inputSchema": {"type": "object"}})
PROMPTS = ({"name": "greet", "arguments": [{"name": "who", "required": True}]},)


def offer(revision: Revision) -> Offer:
    return Offer(revision, {"name": "abacus"}, {"tools": {}, "prompts": {}}, tools=TOOLS, prompts=PROMPTS)


def test_the_catalogue_brings_the_projection() -> None:
    assert load_catalogue().project is projected


def test_only_the_tools_that_may_be_called_are_operations() -> None:
    document = projected(offer(Revision.V2025_11_25), TOOLS[:1], "http://127.0.0.1:8000/mcp")
    assert list(document["paths"]) == ["/mcp#tool/add", "/mcp#prompt/greet"]
    assert document["info"]["title"] == "abacus"
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]


@pytest.mark.parametrize(
    ("revision", "headers"),
    [
        (Revision.V2025_03_26, []),
        (Revision.V2025_11_25, ["MCP-Protocol-Version"]),
        (Revision.V2026_07_28, ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"]),
    ],
)
def test_requests_carry_what_their_revision_wants(revision: Revision, headers: list[str]) -> None:
    operation = projected(offer(revision), TOOLS, "http://127.0.0.1:8000/mcp")["paths"]["/mcp#tool/add"]["post"]
    assert [item["name"] for item in operation["parameters"]] == headers


def test_a_right_message_fits_the_document_and_a_wrong_one_does_not() -> None:
    document = projected(offer(Revision.V2025_11_25), TOOLS, "http://127.0.0.1:8000/mcp")
    body = document["paths"]["/mcp#tool/add"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.Draft202012Validator({**body, "components": document["components"]})
    message = {"jsonrpc": "2.0", "id": "a", "method": "tools/call"}
    assert validator.is_valid({**message, "params": {"name": "add", "arguments": {"n": 1}}})
    assert not validator.is_valid({**message, "params": {"name": "add", "arguments": {"n": "1"}}})
