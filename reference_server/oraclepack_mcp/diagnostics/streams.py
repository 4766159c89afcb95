"""Tools that say something while they work, that take their time, and that change what others see."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import anyio
from mcp.server.subscriptions import PromptsListChanged, ResourcesListChanged, ResourceUpdated, ToolsListChanged
from mcp_types import CallToolResult
from pydantic import Field

from oraclepack_mcp.diagnostics.audience import LEVELS, Audience
from oraclepack_mcp.diagnostics.fixture import Asked, ToolAnswer, ToolFixture, said
from oraclepack_mcp.server.arguments.shared import Arguments

WATCHED: Final = "test://watched-resource"
CANCELLED: Final = "test://cancelled-calls"
_TICK_SECONDS: Final = 0.1
_LEAST_SECONDS: Final = 0.001
_RECONNECT_SECONDS: Final = 0.5
_REMEMBERED: Final = 100


class Slow(Arguments):
    """Arguments of a tool that takes its time."""

    seconds: Annotated[float, Field(ge=0, le=60, description="How long to take.")] = 0.5


class Stage:
    """What the tools here change, and who is told; one for each server."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.extra_tool = False
        self.extra_prompt = False
        self.extra_resource = False
        self.updates = 0
        self.cancelled: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        """After how many seconds, of how many, calls of the slow tool were cancelled; the last ones."""

    async def report_progress(self, asked: Asked) -> CallToolResult:
        """Report none, half and all of the work."""
        for done in (0, 50, 100):
            await asked.ctx.session.report_progress(done, 100, f"Completed step {done} of 100")
        return said(f"Reported to {(asked.ctx.meta or {}).get('progress_token', 'nobody')}.")

    async def log_work(self, asked: Asked) -> CallToolResult:
        """Log the course of the work."""
        for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await self.audience.log(asked.ctx, "info", text)
        return said("Tool with logging executed successfully")

    async def log_levels(self, asked: Asked) -> CallToolResult:
        """Log one message of each level."""
        for level in LEVELS:
            await self.audience.log(asked.ctx, level, f"A message of level {level}")
        return said("Logged at every level.")

    async def take_time(self, asked: Asked) -> CallToolResult:
        """Work until the time is over or the caller cancels, and remember that it did."""
        started = anyio.current_time()
        wanted: float = asked.arguments.seconds
        try:
            while wanted - (spent := anyio.current_time() - started) > _LEAST_SECONDS:
                await asked.ctx.session.report_progress(spent, wanted)
                await anyio.sleep(min(_TICK_SECONDS, wanted - spent))
        except anyio.get_cancelled_exc_class():
            self.cancelled.append((round(anyio.current_time() - started, 3), wanted))
            raise
        return said("Done.")

    async def close_stream(self, asked: Asked) -> CallToolResult:
        """End the response stream in the middle of the work, where the client can take it up again (SEP-1699)."""
        await self.audience.log(asked.ctx, "info", "Before disconnect")
        if asked.ctx.close_sse_stream is not None:
            await asked.ctx.close_sse_stream()
            await anyio.sleep(_RECONNECT_SECONDS)
        await self.audience.log(asked.ctx, "info", "After reconnect")
        return said("Reconnection test completed")

    async def change_tools(self, _: Asked) -> CallToolResult:
        """Add a tool, or take it away again."""
        self.extra_tool = not self.extra_tool
        await self.audience.announce(ToolsListChanged())
        return said("tool list changed")

    async def change_prompts(self, _: Asked) -> CallToolResult:
        """Add a prompt, or take it away again."""
        self.extra_prompt = not self.extra_prompt
        await self.audience.announce(PromptsListChanged())
        return said("prompt list changed")

    async def change_resources(self, _: Asked) -> CallToolResult:
        """Add a resource, or take it away again."""
        self.extra_resource = not self.extra_resource
        await self.audience.announce(ResourcesListChanged())
        return said("resource list changed")

    async def update_resource(self, _: Asked) -> CallToolResult:
        """Change the content of the watched resource."""
        self.updates += 1
        await self.audience.announce(ResourceUpdated(uri=WATCHED))
        return said("resource updated")

    def tools(self) -> tuple[ToolFixture, ...]:
        """The tools of this stage."""
        return (
            ToolFixture("test_tool_with_progress", "Reports progress.", self.report_progress),
            ToolFixture("test_tool_with_logging", "Logs its course.", self.log_work),
            ToolFixture("test_logging_tool", "Logs one message of each level.", self.log_levels),
            ToolFixture("test_slow_tool", "Takes its time, and notices when it is cancelled.", self.take_time, Slow),
            ToolFixture("test_reconnection", "Ends its stream in the middle of the work.", self.close_stream),
            _changer("test_trigger_tool_change", "Adds a tool or takes it away.", self.change_tools),
            _changer("test_trigger_prompt_change", "Adds a prompt or takes it away.", self.change_prompts),
            _changer("test_trigger_resource_change", "Adds a resource or takes it away.", self.change_resources),
            _changer("test_update_resource", f"Changes the content of {WATCHED}.", self.update_resource),
            ToolFixture("test_dynamic_tool", "Comes and goes.", _say_here, present=lambda: self.extra_tool),
        )


async def _say_here(_: Asked) -> CallToolResult:
    return said("dynamic")


def _changer(name: str, description: str, call: Callable[[Asked], Awaitable[ToolAnswer]]) -> ToolFixture:
    return ToolFixture(name, description, call, changes=True)
