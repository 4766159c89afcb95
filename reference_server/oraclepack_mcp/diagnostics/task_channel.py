"""How a task speaks to its client once the request that began it has been answered.

What it says goes where somebody waits for its result, otherwise to the session's own stream. What it asks waits for a
request for the result: a client without one has no reason to read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import anyio
from mcp.server.session import ServerSession
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import MCPError
from mcp.shared.message import MessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types import RequestId

from oraclepack_mcp.diagnostics.fixture import Context
from oraclepack_mcp.diagnostics.task_store import Question, Task, TaskStore

RELATED: Final = "io.modelcontextprotocol/related-task"
STATUS: Final = "notifications/tasks/status"
_SECONDS: Final = 1.0
"""How long a client that does not read may hold up its task."""


def related_to(task: Task, message: Mapping[str, Any] | None) -> dict[str, Any]:
    """Params or a result with the metadata that ties them to their task."""
    members = dict(message or {})
    return {**members, "_meta": {**members.get("_meta", {}), RELATED: {"taskId": task.id}}}


@dataclass(slots=True)
class TaskChannel:
    """The request-scoped channel of a task: an `mcp.shared.dispatcher.DispatchContext` that outlives its request."""

    task: Task
    store: TaskStore
    origin: ServerSession
    request_id: RequestId | None
    progress_token: str | int | None
    transport: TransportContext = field(default_factory=lambda: TransportContext(kind="jsonrpc", can_send_request=True))
    message_metadata: MessageMetadata = None
    cancel_requested: anyio.Event = field(default_factory=anyio.Event)

    @property
    def can_send_request(self) -> bool:
        """Whether there is still something to ask for."""
        return not self.task.ended

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Ask the client as soon as it waits for the result.

        Raises:
            MCPError: the client refused.
        """
        question = Question(method, related_to(self.task, params))
        self.task.questions.append(question)
        await self.move("input_required", "The task waits for an answer of the client.")
        try:
            with anyio.fail_after((opts or {}).get("timeout")):
                await question.answered.wait()
        finally:
            if question in self.task.questions:
                self.task.questions.remove(question)
        await self.move("working")
        if isinstance(question.reply, MCPError):
            raise question.reply
        return dict(question.reply or {})

    async def notify(self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None) -> None:
        """Say something about the task; after its end there is nothing to say."""
        del opts
        if not self.task.ended:
            await self._tell(method, related_to(self.task, params))

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Report progress for the token of the request that began the task."""
        if self.progress_token is None:
            return
        report = {"progressToken": self.progress_token, "progress": progress, "total": total, "message": message}
        params = {key: value for key, value in report.items() if value is not None}
        await self.notify("notifications/progress", params)

    async def move(self, status: Any, message: str | None = None) -> bool:
        """Change the status, and say so."""
        moved = self.store.move(self.task, status, message)
        if moved:
            await self._tell(STATUS, self.task.describe())
        return moved

    async def _tell(self, method: str, params: dict[str, Any]) -> None:
        listener = self.task.listeners[-1] if self.task.listeners else None
        with anyio.move_on_after(_SECONDS):
            if listener is not None:
                await scoped(listener).notify(method, params)
            else:
                await connection(self.origin).notify(method, params)


def in_task(ctx: Context, channel: TaskChannel) -> Context:
    """The context of a request as the work of its task sees it."""
    return replace(ctx, session=ServerSession(channel, connection(ctx.session)))


def scoped(session: ServerSession) -> Any:
    """The channel of the request that a session serves; `mcp` 2.3 sends messages of known types alone otherwise."""
    return session._request_outbound  # noqa: SLF001


def connection(session: ServerSession) -> Any:
    """The connection of a session; `mcp` 2.3 hands it to no handler otherwise."""
    return session._connection  # noqa: SLF001
