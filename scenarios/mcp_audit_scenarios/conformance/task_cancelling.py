"""Cancelling a task that still works (page `basic/utilities/tasks`, Task Cancellation)."""

from dataclasses import dataclass
from typing import Final

import anyio
from mcp_audit_harness.declare import Bench, Unobservable, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .task_calls import SLOW, TASKS, begin, ended, id_of, status_of, task_of, task_tool, task_tools

_MOST_TOOLS: Final = 3
_WORK_S: Final = 3.0
"""How long the slow fixture works: long enough to be cancelled on the busiest machine."""
_LATER_S: Final = 0.4


def _can_cancel(probe: Probe) -> Verdict | None:
    if not probe.offer.declares("tasks.cancel"):
        return not_applicable("the server does not declare tasks.cancel")
    return None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A task that was cancelled while it worked."""

    tool: str
    working: Exchange
    """tasks/get just before."""
    cancel: Exchange
    at_once: Exchange
    later: Exchange
    """tasks/get a while later, when many a work would have come to its end."""


@scenario(spec=TASKS, needs=(_can_cancel, task_tool), timeout_s=30.0, bench=Bench.DIAGNOSTICS)
async def cancelled(probe: Probe) -> Cancelled:
    """Cancel the first task that is still working when it is asked for."""
    for tool in task_tools(probe, SLOW)[:_MOST_TOOLS]:
        created = await begin(probe, tool, seconds=_WORK_S)
        task_id = id_of(created)
        if task_id is None:
            continue
        which = {"taskId": task_id}
        working = await probe.request("tasks/get", which)
        if status_of(working) is None or ended(working):
            continue
        cancel = await probe.request("tasks/cancel", which)
        at_once = await probe.request("tasks/get", which)
        await anyio.sleep(_LATER_S)
        return Cancelled(str(tool["name"]), working, cancel, at_once, await probe.request("tasks/get", which))
    raise Unobservable("no task was still working when it was first asked for; a slower tool could show it")


@check(
    cancelled,
    id="tasks/cancel-leaves-status",
    title="Cancelling a task leaves it in another status",
    requirements=("tasks/cancel-sets-status",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Set the status to cancelled before you answer tasks/cancel, even where the work cannot be stopped.",
)
def cancel_leaves_status(seen: Cancelled) -> Verdict:
    """The answer is how a client learns that its task is cancelled, and that it need not wait any longer."""
    if not seen.cancel.ok or task_of(seen.cancel) is None:
        return not_observed("tasks/cancel gave no task; it may have ended in the meantime", seen.working, seen.cancel)
    if status_of(seen.cancel) != "cancelled":
        text = f"The server answered tasks/cancel with the status {status_of(seen.cancel)!r}."
        return failed(text, seen.working, seen.cancel, subject=f"tool:{seen.tool}")
    return passed(seen.working, seen.cancel)


@check(
    cancelled,
    id="tasks/cancelled-task-goes-on",
    title="A cancelled task gets another status",
    requirements=("tasks/cancelled-stays",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Keep the status cancelled, also when the work comes to its end; the task may be deleted.",
)
def cancelled_task_goes_on(seen: Cancelled) -> Verdict:
    """What was cancelled and then completes was done against the will of the client, who no longer looks."""
    if status_of(seen.cancel) != "cancelled":
        return not_observed("the task was not cancelled", seen.working, seen.cancel)
    for exchange in (seen.at_once, seen.later):
        if status_of(exchange) not in {None, "cancelled"}:
            text = f"The task was cancelled, and then {status_of(exchange)}."
            return failed(text, seen.cancel, exchange, subject=f"tool:{seen.tool}")
    answered = [exchange for exchange in (seen.at_once, seen.later) if exchange.reply is not None]
    if not answered:
        return not_observed("tasks/get was not answered after the cancellation", seen.cancel)
    return passed(seen.cancel, *answered)
