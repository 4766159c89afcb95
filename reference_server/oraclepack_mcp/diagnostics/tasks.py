"""Tasks of revision 2025-11-25: calls whose results are fetched later.

`mcp` 2.3 knows their types and nothing else: it takes a `CreateTaskResult` for an invalid result, declares no
capability, and shows `execution` of tools at every revision of the handshake era. So all of it is done in one
middleware, whose results the SDK passes on as they are; other revisions see nothing of it.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import anyio
import anyio.abc
import mcp_types as types
from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, METHOD_NOT_FOUND

from oraclepack_mcp.diagnostics.fixture import Context, TaskSupport
from oraclepack_mcp.diagnostics.task_channel import TaskChannel, in_task, related_to, scoped
from oraclepack_mcp.diagnostics.task_store import Task, TaskStore, TooManyTasksError
from oraclepack_mcp.http.auth.principal import current_caller
from oraclepack_mcp.protocol.conduct import Conduct
from oraclepack_mcp.server.answers import invalid_params, page_of
from oraclepack_mcp.server.session_subscriptions import session_key

REVISION: Final = "2025-11-25"
CAPABILITY: Final[Mapping[str, Any]] = {"list": {}, "cancel": {}, "requests": {"tools": {"call": {}}}}
CANCELLED: Final = -32000
"""The code of the error that stands for the result of a cancelled task; the specification names none."""
PAGE: Final = 5
_GROUP: Final = "tasks"
_PREFIX: Final = "tasks/"


class Tasks:
    """The middleware, and the handlers of `tasks/*`; `support` says which tools may or have to be called as tasks."""

    def __init__(self, server: Server[Any], support: Mapping[str, TaskSupport]) -> None:
        self._store = TaskStore()
        self._support = support
        self._schema_of = server.get_tool_input_schema
        self._conduct = Conduct(server)

    def join(self, server: Server[Any]) -> None:
        """Make a server offer tasks."""
        server.lifespan = _with_group(server.lifespan)
        server.add_request_handler("tasks/get", types.GetTaskRequestParams, self.get)
        server.add_request_handler("tasks/result", types.GetTaskPayloadRequestParams, self.result)
        server.add_request_handler("tasks/cancel", types.CancelTaskRequestParams, self.cancel)
        server.add_request_handler("tasks/list", types.PaginatedRequestParams, self.list)
        server.middleware.append(self)

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Serve one message.

        Raises:
            MCPError: -32601, a method that the revision does not have, or a tool that is not to be called like this.
        """
        if ctx.method == "initialize":
            return _declared(await call_next(ctx))
        if ctx.protocol_version != REVISION:
            if ctx.method.startswith(_PREFIX) and ctx.request_id is not None:
                raise MCPError(METHOD_NOT_FOUND, "Method not found.", {"method": ctx.method})
            return await call_next(ctx)
        if ctx.method == "tools/list":
            return self._with_execution(await call_next(ctx))
        return await (self._call(ctx, call_next) if ctx.method == "tools/call" else call_next(ctx))

    async def get(self, ctx: Context, params: types.GetTaskRequestParams) -> dict[str, Any]:
        """The state of a task."""
        return self._find(ctx, params.task_id).describe()

    async def list(self, ctx: Context, params: types.PaginatedRequestParams) -> dict[str, Any]:
        """One page of the caller's tasks."""
        page, following = page_of("tasks", self._store.of(_owner(ctx)), params.cursor, PAGE)
        shown = {"tasks": [task.describe() for task in page]}
        return shown if following is None else {**shown, "nextCursor": following}

    async def cancel(self, ctx: Context, params: types.CancelTaskRequestParams) -> dict[str, Any]:
        """End a task.

        Raises:
            MCPError: -32602, there is no such task, or it has ended.
        """
        task = self._find(ctx, params.task_id)
        if task.ended:
            raise invalid_params(f"Cannot cancel the task: it is {task.status} already.")
        task.outcome = MCPError(CANCELLED, "The task was cancelled.")
        self._store.move(task, "cancelled", "The task was cancelled by request.")
        task.work.cancel()
        return task.describe()

    async def result(self, ctx: Context, params: types.GetTaskPayloadRequestParams) -> dict[str, Any]:
        """Wait for the end of a task, pass its questions on, and give what the request would have given.

        Raises:
            MCPError: the error that the request would have given, or -32602 for an unknown task.
        """
        task = self._find(ctx, params.task_id)
        task.listeners.append(ctx.session)
        try:
            while not task.ended:
                changed = task.changed
                if task.questions:
                    await _ask(ctx, task)
                else:
                    await changed.wait()
        finally:
            task.listeners.remove(ctx.session)
        if isinstance(task.outcome, MCPError):
            error = task.outcome.error
            raise MCPError(error.code, error.message, error.data)
        return related_to(task, task.outcome)

    async def _call(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        given = ctx.params or {}
        name = str(given.get("name"))
        support = self._support.get(name, "forbidden")
        if "task" not in given and support == "required":
            raise MCPError(METHOD_NOT_FOUND, "This tool has to be called as a task.")
        known = self._schema_of is None or self._schema_of(name) is not None
        if "task" not in given or not known:
            return await call_next(ctx)
        if support == "forbidden":
            raise MCPError(METHOD_NOT_FOUND, "This tool cannot be called as a task.")
        params = types.CallToolRequestParams.model_validate(given, by_name=False)
        task = self._begin(ctx, params)
        token = (ctx.meta or {}).get("progress_token")
        channel = TaskChannel(task, self._store, ctx.session, ctx.request_id, token)
        shown = {"task": task.describe()}
        group: anyio.abc.TaskGroup = ctx.lifespan_context[_GROUP]
        group.start_soon(self._work, channel, in_task(ctx, channel), call_next)
        return shown

    def _begin(self, ctx: Context, params: types.CallToolRequestParams) -> Task:
        try:
            return self._store.create(_owner(ctx), params.task.ttl if params.task is not None else None)
        except TooManyTasksError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error

    async def _work(self, channel: TaskChannel, ctx: Context, call_next: CallNext) -> None:
        task = channel.task
        with task.work:
            try:
                outcome: Any = await self._conduct(ctx, call_next)
            except MCPError as error:
                await _end(channel, error, error.error.message)
            else:
                await _end(channel, outcome, _complaint(outcome))

    def _find(self, ctx: Context, task_id: str) -> Task:
        task = self._store.find(_owner(ctx), task_id)
        if task is None:
            raise invalid_params("There is no such task.")
        return task

    def _with_execution(self, result: HandlerResult) -> HandlerResult:
        if isinstance(result, dict):
            for tool in result.get("tools", ()):
                if tool.get("name") in self._support:
                    tool["execution"] = {"taskSupport": self._support[tool["name"]]}
        return result


async def _end(channel: TaskChannel, outcome: dict[str, Any] | MCPError, complaint: str | None) -> None:
    if not channel.task.ended:
        channel.task.outcome = outcome
        await channel.move("failed" if complaint is not None else "completed", complaint)


async def _ask(ctx: Context, task: Task) -> None:
    question = task.questions[0]
    try:
        question.reply = await scoped(ctx.session).send_raw_request(question.method, question.params)
    except MCPError as error:
        question.reply = error
    question.answered.set()
    if question in task.questions:
        task.questions.remove(question)


def _complaint(result: dict[str, Any]) -> str | None:
    """What a result that is an error says; None for one that is none."""
    if not result.get("isError"):
        return None
    texts = [item["text"] for item in result.get("content", ()) if item.get("type") == "text"]
    return " ".join(texts) or "The tool failed."


def _owner(ctx: Context) -> str:
    """Whose a task is: that of a principal in all its sessions, or that of the session where nobody has a token."""
    caller = current_caller()
    return f"principal {caller.principal}" if caller is not None else f"session {session_key(ctx)}"


def _declared(result: HandlerResult) -> HandlerResult:
    if isinstance(result, dict) and result.get("protocolVersion") == REVISION:
        result["capabilities"] = {**result.get("capabilities", {}), "tasks": dict(CAPABILITY)}
    return result


def _with_group(before: Callable[[Server[Any]], Any]) -> Callable[[Server[Any]], Any]:
    @contextlib.asynccontextmanager
    async def lifespan(server: Server[Any]) -> AsyncIterator[dict[str, Any]]:
        async with before(server) as state, anyio.create_task_group() as group:
            yield {**state, _GROUP: group}
            group.cancel_scope.cancel()

    return lifespan
