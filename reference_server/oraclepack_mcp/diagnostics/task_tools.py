"""Tools that may, must or must not be called as tasks; at other revisions they are tools like all others."""

from typing import Annotated, Final

import anyio
from mcp_types import CallToolResult, InputRequiredResult
from pydantic import BaseModel, Field

from oraclepack_mcp.diagnostics.fixture import Asked, ToolAnswer, ToolFixture, failed, said
from oraclepack_mcp.diagnostics.questions import answers_to, form
from oraclepack_mcp.server.arguments.shared import Arguments

_TICK_SECONDS: Final = 0.05
_LEAST_SECONDS: Final = 0.001


class Lasting(Arguments):
    """Arguments of a task that takes its time."""

    seconds: Annotated[float, Field(ge=0, le=60, description="How long to take.")] = 0.3


class Confirmation(BaseModel):
    """One text."""

    response: Annotated[str, Field(description="User's response")]


async def work(asked: Asked) -> CallToolResult:
    """Report progress until the time is over."""
    started = anyio.current_time()
    wanted: float = asked.arguments.seconds
    while wanted - (spent := anyio.current_time() - started) > _LEAST_SECONDS:
        await asked.ctx.session.report_progress(spent, wanted)
        await anyio.sleep(min(_TICK_SECONDS, wanted - spent))
    return said("The work is done.")


async def work_at_once(_: Asked) -> CallToolResult:
    """Have nothing to do."""
    return said("There was nothing to do.")


async def fail(_: Asked) -> CallToolResult:
    """Fail."""
    return failed("INTERNAL: this task always fails.")


async def ask(asked: Asked) -> ToolAnswer:
    """Ask the person, and repeat what was done with the question."""
    answers = await answers_to(asked, {"answer": form("May the task go on?", Confirmation)})
    if isinstance(answers, InputRequiredResult):
        return answers
    return said(f"The person chose to {getattr(answers['answer'], 'action', 'say nothing')}.")


TOOLS: Final = (
    ToolFixture("test_task_slow", "Takes its time; may be a task.", work, Lasting, task_support="optional"),
    ToolFixture("test_task_required", "Is only called as a task.", work_at_once, task_support="required"),
    ToolFixture("test_task_forbidden", "Is never called as a task.", work_at_once, task_support="forbidden"),
    ToolFixture("test_task_failing", "Fails; may be a task.", fail, task_support="optional"),
    ToolFixture("test_task_asking", "Asks the person on the way; may be a task.", ask, task_support="optional"),
)
