"""No message of fuzzing calls a tool that consent excludes, however a lenient server reads it."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from mcp_audit_harness.probe import Probe
from mcp_audit_scenarios.fuzz.messages import MessageCase
from mcp_audit_scenarios.fuzz.protocol_consent import consent_filter

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all"}}'


def _probe(*callable_names: str) -> Probe:
    tools = tuple({"name": name} for name in ("delete_all", "read"))
    allowed = tuple(tool for tool in tools if tool["name"] in callable_names)
    fake: Any = SimpleNamespace(offer=SimpleNamespace(tools=tools), callable_tools=lambda: allowed)
    return cast("Probe", fake)


@pytest.mark.parametrize(
    "body",
    [
        CALL,
        CALL.replace(b"tools/call", b"TOOLS/CALL"),
        CALL.replace(b"tools/call", b"\\u0074ools/call"),
        CALL.replace(b"delete_all", b" DELETE-ALL\\u0000"),
        CALL.replace(b"tools/call", b"tools\\/call"),
        CALL.decode().encode("utf-16"),
        CALL.decode().encode("cp500"),
        b"[" + CALL[:-1],
        b'{"method":"ping","Method":"tools/call","params":["delete_all"]}',
        CALL.replace(b"tools/call", "\uff54ools/call".encode()),
    ],
)
def test_a_call_of_an_excluded_tool_is_kept_back_in_every_spelling(body: bytes) -> None:
    assert not consent_filter(_probe("read"))(MessageCase(body))


def test_headers_that_name_the_call_count_as_well() -> None:
    body = b'{"jsonrpc":"2.0","id":1,"params":{"name":"delete_all"}}'
    assert not consent_filter(_probe("read"))(MessageCase(body, (("mcp-method", "tools/call"),)))
    assert not consent_filter(_probe("read"))(MessageCase(body, (), (("mcp-method", "tools/call"),)))


def test_everything_else_may_be_sent() -> None:
    assert consent_filter(_probe("read", "delete_all"))(MessageCase(CALL))
    assert consent_filter(_probe("read"))(MessageCase(CALL.replace(b"delete_all", b"read")))
    assert consent_filter(_probe("read"))(MessageCase(CALL.replace(b"tools/call", b"tools/list")))
