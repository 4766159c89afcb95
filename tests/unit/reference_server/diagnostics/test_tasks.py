"""Tasks of 2025-11-25 over a connection in memory, as the messages that they are; and the store behind them."""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from mcp.shared.memory import create_client_server_memory_streams
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter
from oraclepack_mcp.diagnostics.task_store import (
    LONGEST_TTL_MS,
    MAX_RUNNING,
    MAX_TASKS,
    SHORTEST_TTL_MS,
    TaskStore,
    TooManyTasksError,
)
from oraclepack_mcp.diagnostics.tasks import PAGE
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import Settings

pytestmark = pytest.mark.anyio

SECONDS = 5.0
RELATED = "io.modelcontextprotocol/related-task"


class Wire:
    """A client that sends and keeps plain messages; it accepts whatever it is asked."""

    def __init__(self, read: Any, write: Any) -> None:
        self.heard: list[dict[str, Any]] = []
        self._read = read
        self._write = write
        self._ids = itertools.count(1)
        self._news = anyio.Event()

    async def listen(self) -> None:
        async for incoming in self._read:
            message = incoming.message.model_dump(by_alias=True, mode="json", exclude_unset=True)
            self.heard.append(message)
            self._news.set()
            self._news = anyio.Event()
            if "method" in message and "id" in message:
                await self._send({"id": message["id"], "result": {"action": "decline"}})

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result, or the error."""
        number = next(self._ids)
        await self._send({"id": number, "method": method, "params": params})
        with anyio.fail_after(SECONDS):
            while True:
                for message in self.heard:
                    if message.get("id") == number and "method" not in message:
                        answer: dict[str, Any] = message.get("result") or message["error"]
                        return answer
                await self._news.wait()

    async def notify(self, method: str) -> None:
        await self._send({"method": method})

    async def begin(self, tool: str, arguments: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        answer = await self.ask("tools/call", name=tool, arguments=dict(arguments or {}), task={}, **more)
        task: dict[str, Any] = answer["task"]
        return task

    async def status(self, task_id: str, wanted: str) -> dict[str, Any]:
        """Return the task as soon as it has a status."""
        with anyio.fail_after(SECONDS):
            while (task := await self.ask("tasks/get", taskId=task_id))["status"] != wanted:
                await anyio.lowlevel.checkpoint()
        return task

    async def _send(self, message: dict[str, Any]) -> None:
        checked = jsonrpc_message_adapter.validate_python({"jsonrpc": "2.0", **message}, by_name=False)
        await self._write.send(SessionMessage(checked))


@asynccontextmanager
async def wired(revision: str = "2025-11-25", profile: str = "diagnostics") -> AsyncIterator[Wire]:
    server = build_server(Settings.model_validate({"profile": profile}))
    async with (
        create_client_server_memory_streams() as (ours, theirs),
        anyio.create_task_group() as group,
    ):
        group.start_soon(server.run, *theirs, server.create_initialization_options())
        wire = Wire(*ours)
        group.start_soon(wire.listen)
        client = {"name": "test", "version": "1"}
        opened = await wire.ask(
            "initialize", protocolVersion=revision, capabilities={"elicitation": {}}, clientInfo=client
        )
        wire.heard = [{"opened": opened}]
        await wire.notify("notifications/initialized")
        yield wire
        group.cancel_scope.cancel()


async def test_a_task_is_answered_at_once_and_its_result_is_what_the_call_would_have_given() -> None:
    async with wired() as wire:
        plain = await wire.ask("tools/call", name="test_task_slow", arguments={"seconds": 0})
        task = await wire.begin("test_task_slow", {"seconds": 0.1})
        assert task["status"] == "working"
        result = await wire.ask("tasks/result", taskId=task["taskId"])
        assert result.pop("_meta") == {RELATED: {"taskId": task["taskId"]}}
        assert result == plain
        assert (await wire.ask("tasks/get", taskId=task["taskId"]))["status"] == "completed"


async def test_progress_keeps_the_token_of_the_call_and_names_the_task() -> None:
    async with wired() as wire:
        task = await wire.begin("test_task_slow", {"seconds": 0.1}, _meta={"progressToken": "mine"})
        await wire.ask("tasks/result", taskId=task["taskId"])
        reports = [message["params"] for message in wire.heard if message.get("method") == "notifications/progress"]
        assert {report["progressToken"] for report in reports} == {"mine"}
        assert all(report["_meta"][RELATED]["taskId"] == task["taskId"] for report in reports)
        statuses = [
            message["params"] for message in wire.heard if message.get("method") == "notifications/tasks/status"
        ]
        assert [told["status"] for told in statuses] == ["completed"]
        assert not any("_meta" in told for told in statuses)


async def test_a_task_that_needs_an_answer_asks_whoever_waits_for_its_result() -> None:
    async with wired() as wire:
        task = await wire.begin("test_task_asking")
        waiting = await wire.status(task["taskId"], "input_required")
        assert not any(message.get("method") == "elicitation/create" for message in wire.heard)
        result = await wire.ask("tasks/result", taskId=waiting["taskId"])
        asked = next(message for message in wire.heard if message.get("method") == "elicitation/create")
        assert asked["params"]["_meta"][RELATED]["taskId"] == task["taskId"]
        assert result["content"][0]["text"] == "The person chose to decline."
        statuses = [
            message["params"]["status"] for message in wire.heard if message.get("method", "").endswith("tasks/status")
        ]
        assert statuses == ["input_required", "working", "completed"]


async def test_a_failing_task_says_why() -> None:
    async with wired() as wire:
        task = await wire.begin("test_task_failing")
        failed = await wire.status(task["taskId"], "failed")
        assert "always fails" in failed["statusMessage"]
        assert (await wire.ask("tasks/result", taskId=task["taskId"]))["isError"] is True


async def test_a_call_that_is_refused_fails_its_task_with_the_same_error() -> None:
    async with wired() as wire:
        plain = await wire.ask("tools/call", name="test_task_slow", arguments={"seconds": "long"})
        task = await wire.begin("test_task_slow", {"seconds": "long"})
        result = await wire.ask("tasks/result", taskId=task["taskId"])
        del result["_meta"]
        assert result == plain


async def test_a_cancelled_task_stays_cancelled_and_can_be_cancelled_once() -> None:
    async with wired() as wire:
        task = await wire.begin("test_task_slow", {"seconds": 60})
        cancelled = await wire.ask("tasks/cancel", taskId=task["taskId"])
        assert cancelled["status"] == "cancelled"
        assert (await wire.ask("tasks/cancel", taskId=task["taskId"]))["code"] == -32602
        assert (await wire.ask("tasks/result", taskId=task["taskId"]))["message"] == "The task was cancelled."
        assert (await wire.ask("tasks/get", taskId=task["taskId"]))["status"] == "cancelled"


async def test_tasks_are_listed_in_pages() -> None:
    async with wired() as wire:
        begun = [(await wire.begin("test_task_required"))["taskId"] for _ in range(PAGE + 1)]
        first = await wire.ask("tasks/list")
        second = await wire.ask("tasks/list", cursor=first["nextCursor"])
        assert [task["taskId"] for task in first["tasks"] + second["tasks"]] == begun
        assert "nextCursor" not in second
        assert (await wire.ask("tasks/list", cursor="made up"))["code"] == -32602


@pytest.mark.parametrize("method", ["tasks/get", "tasks/result", "tasks/cancel"])
async def test_an_unknown_task_is_an_invalid_parameter(method: str) -> None:
    async with wired() as wire:
        assert (await wire.ask(method, taskId="made up"))["code"] == -32602
        assert (await wire.ask(method))["code"] == -32602


async def test_tools_say_how_they_are_called_and_are_refused_otherwise() -> None:
    async with wired() as wire:
        tools = (await wire.ask("tools/list"))["tools"]
        support = {tool["name"]: tool["execution"]["taskSupport"] for tool in tools if "execution" in tool}
        assert support["test_task_slow"] == "optional"
        assert (await wire.ask("tools/call", name="test_task_required", arguments={}))["code"] == -32601
        for name in ("test_task_forbidden", "test_simple_text", "oraclepack_list_packs"):
            assert (await wire.ask("tools/call", name=name, arguments={}, task={}))["code"] == -32601
        unknown = await wire.ask("tools/call", name="no such tool", arguments={})
        assert await wire.ask("tools/call", name="no such tool", arguments={}, task={}) == unknown
        assert (await wire.ask("tools/call", name="test_task_slow", task={"ttl": "long"}))["code"] == -32602


@pytest.mark.parametrize(("revision", "profile"), [("2025-06-18", "diagnostics"), ("2025-11-25", "default")])
async def test_elsewhere_there_are_no_tasks(revision: str, profile: str) -> None:
    async with wired(revision, profile) as wire:
        assert "tasks" not in wire.heard[0]["opened"]["capabilities"]
        assert not any("execution" in tool for tool in (await wire.ask("tools/list"))["tools"])
        assert (await wire.ask("tasks/get", taskId="any"))["code"] == -32601
        name = "test_task_required" if profile == "diagnostics" else "oraclepack_list_packs"
        assert "content" in await wire.ask("tools/call", name=name, arguments={}, task={"ttl": 5})


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


async def test_a_task_is_forgotten_when_its_time_is_over() -> None:
    clock = Clock()
    store = TaskStore(clock)
    task = store.create("me", 5000)
    clock.now += timedelta(seconds=5)
    assert store.find("me", task.id) is task
    clock.now += timedelta(milliseconds=1)
    assert store.find("me", task.id) is None
    assert task.work.cancel_called


async def test_a_task_of_somebody_else_is_unknown() -> None:
    store = TaskStore()
    task = store.create("me", None)
    assert store.find("you", task.id) is None
    assert store.of("you") == []


@pytest.mark.parametrize(("wanted", "given"), [(1, SHORTEST_TTL_MS), (10**9, LONGEST_TTL_MS), (-1, SHORTEST_TTL_MS)])
async def test_the_time_to_live_is_held_within_limits(wanted: int, given: int) -> None:
    assert TaskStore().create("me", wanted).describe()["ttl"] == given


async def test_the_number_of_tasks_is_bounded() -> None:
    store = TaskStore()
    for _ in range(MAX_RUNNING):
        last = store.create("me", None)
    with pytest.raises(TooManyTasksError):
        store.create("me", None)
    store.move(last, "completed")
    for number in range(MAX_TASKS):
        store.move(store.create(f"owner {number}", None), "completed")
    assert store.find("me", last.id) is None


async def test_a_task_that_has_ended_does_not_move() -> None:
    store = TaskStore()
    task = store.create("me", None)
    assert store.move(task, "cancelled")
    assert not store.move(task, "completed")
    assert task.status == "cancelled"
