"""Tools that stay silent are asked once per revision, not by every scenario again."""

from types import SimpleNamespace
from typing import Any, cast

import anyio
from mcp_audit_harness.model import Exchange, JsonObject, Outcome, Sent, Transport
from mcp_audit_harness.probe import Probe
from mcp_audit_scenarios.conformance.tool_calls import spoiled_calls


def _called(name: str, outcome: Outcome, body: str | None = None) -> Exchange:
    text = body if body is not None else f'{{"method":"tools/call","id":1,"params":{{"name":"{name}"}}}}'
    answer = ({"jsonrpc": "2.0", "id": 1, "result": {"content": []}},) if outcome is Outcome.ANSWERED else ()
    sent = Sent("POST", body=text, method="tools/call", rpc_id=1)
    return Exchange("x1", "tool_calls", "2025-11-25", Transport.HTTP, sent, outcome, messages=answer)


def _names_called(*seen: Exchange) -> list[str]:
    """Run the scenario on the tools `slow` and `quick`; return the names that it called."""
    schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    called: list[str] = []

    async def request(method: str, params: JsonObject, **_: Any) -> Exchange:
        called.append(params["name"])
        return _called(params["name"], Outcome.ANSWERED)

    def callable_tools() -> tuple[JsonObject, ...]:
        return tuple({"name": name, "inputSchema": schema} for name in ("slow", "quick"))

    probe = SimpleNamespace(transcript=seen, request=request, callable_tools=callable_tools)
    anyio.run(spoiled_calls.run, cast("Probe", probe))
    return called


def test_a_tool_that_stayed_silent_is_not_called_again() -> None:
    assert set(_names_called(_called("slow", Outcome.SILENT))) == {"quick"}


def test_a_tool_that_answered_is_called_again() -> None:
    assert set(_names_called(_called("slow", Outcome.ANSWERED))) == {"slow", "quick"}


def test_a_silent_call_that_names_no_tool_excludes_none() -> None:
    assert set(_names_called(_called("slow", Outcome.SILENT, body="[]"))) == {"slow", "quick"}
