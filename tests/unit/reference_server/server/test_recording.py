"""What is recorded of a tool call, for every way in which one can end."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS
from oraclepack_mcp.server.recording import RecordedCalls
from oraclepack_mcp.telemetry.audit_log import AuditLog
from oraclepack_mcp.telemetry.calls import CallRecorder

pytestmark = pytest.mark.anyio
Context = ServerRequestContext[Any, Any]


def a_context(method: str = "tools/call", identity: int | None = 1, **params: Any) -> Context:
    given = {"name": "a_tool", "arguments": {"a": 1}, **params}
    return cast("Context", SimpleNamespace(method=method, request_id=identity, params=given))


class Recorded:
    """A middleware whose audit log can be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = AuditLog(path)
        self.calls = RecordedCalls(CallRecorder(audit_log=self.log), lambda: "alice")

    async def serve(self, ctx: Context, answer: object) -> HandlerResult:
        async def handler(_: Context) -> HandlerResult:
            if isinstance(answer, Exception):
                raise answer
            return cast("HandlerResult", answer)

        return await self.calls(ctx, handler)

    def lines(self) -> list[tuple[str, str, str | None]]:
        entries = [json.loads(line) for line in self.path.read_text().splitlines()]
        return [(entry["tool"], entry["outcome"], entry["run_id"]) for entry in entries]


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path / "audit.jsonl")


@pytest.mark.parametrize(
    ("result", "outcome", "run_id"),
    [
        ({"content": []}, "ok", None),
        ({"structuredContent": {"run_id": "r1", "status": "success"}}, "ok", "r1"),
        ({"resultType": "input_required"}, "input_required", None),
        ({"isError": True, "structuredContent": {"error": {"code": "RUN_BUSY"}}}, "RUN_BUSY", None),
        ({"isError": True}, "internal", None),
    ],
)
async def test_a_result_tells_its_outcome_and_its_run(
    recorded: Recorded, result: dict[str, Any], outcome: str, run_id: str | None
) -> None:
    assert await recorded.serve(a_context(), result) == result
    assert recorded.lines() == [("a_tool", outcome, run_id)]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (MCPError(INVALID_PARAMS, "no"), "INVALID_ARGUMENT"),
        (MCPError(INTERNAL_ERROR, "no"), "internal"),
        (RuntimeError("unforeseen"), "internal"),
    ],
)
async def test_a_call_that_fails_is_recorded_and_fails_all_the_same(
    recorded: Recorded, error: Exception, outcome: str
) -> None:
    with pytest.raises(type(error)):
        await recorded.serve(a_context(), error)

    assert recorded.lines() == [("a_tool", outcome, None)]


async def test_a_call_that_is_cancelled_is_recorded_as_such(recorded: Recorded) -> None:
    async def hang(_: Context) -> HandlerResult:
        await anyio.sleep_forever()
        return None

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(recorded.calls, a_context(), hang)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()

    assert recorded.lines() == [("a_tool", "CANCELLED", None)]


async def test_other_messages_are_not_recorded(recorded: Recorded) -> None:
    await recorded.serve(a_context("tools/list"), {"tools": []})
    await recorded.serve(a_context(identity=None), None)

    assert recorded.lines() == []


async def test_names_and_arguments_of_any_shape_are_recorded(recorded: Recorded) -> None:
    await recorded.serve(a_context(name="x" * 1000, arguments=[1]), {})
    await recorded.serve(a_context(name=5, arguments=None), {})

    assert recorded.lines() == [("x" * 128, "ok", None), ("", "ok", None)]


async def test_a_call_that_the_audit_log_cannot_take_is_answered_and_the_log_says_so(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    recorded.log.close()

    assert await recorded.serve(a_context(), {"content": []}) == {"content": []}
    assert "a tool call is missing in the audit log" in caplog.text
