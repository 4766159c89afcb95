"""Following a run until it ends, while the client hears how far it is; a client that leaves ends it."""

from typing import Any, Final

import anyio
from mcp.server.context import ServerRequestContext

from oraclepack_mcp.runs.model import RunModel
from oraclepack_mcp.runs.service import RunService
from oraclepack_mcp.server.answers import in_thread

INTERVAL_SECONDS: Final = 0.25
"""Seconds between two looks at a run, so that at most four reports a second are sent."""
LONGEST_PAUSE_SECONDS: Final = 1.0
"""Seconds between two looks of somebody who has been waiting for a while."""
UNFINISHED: Final = frozenset({"queued", "running"})


async def follow(ctx: ServerRequestContext[Any, Any], runs: RunService, run: RunModel, principal: str) -> RunModel:
    """The run as it ended."""
    said = -1
    wants_progress = (ctx.meta or {}).get("progress_token") is not None
    try:
        while run.status in UNFINISHED:
            run = await in_thread(runs.get, run.run_id, INTERVAL_SECONDS)
            done = sum(step.status not in {"pending", "running"} for step in run.steps)
            if wants_progress and done > said:
                said = done
                await ctx.session.report_progress(done, len(run.steps), _message(run))
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True):
            await in_thread(runs.cancel, run.run_id, "the client left", principal)
        raise
    return run


async def wait_for(runs: RunService, run: RunModel, seconds: float) -> RunModel:
    """The run after its end, or as it stands by then; those who wait hold no threads, so there may be many."""
    pause = INTERVAL_SECONDS
    with anyio.move_on_after(seconds):
        while run.status in UNFINISHED:
            await anyio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            run = await in_thread(runs.get, run.run_id)
    return run


def _message(run: RunModel) -> str:
    current = next((step for step in run.steps if step.status == "running"), None)
    if current is None:
        return f"run {run.status}"
    return f"step {current.id} running, attempt {current.attempts}"
