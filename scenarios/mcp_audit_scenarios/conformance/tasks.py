"""The life of a task: its creation, its states, and what is said of it on the way (page `basic/utilities/tasks`)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .task_calls import (
    SLOW,
    TASKS,
    begin,
    call,
    ended,
    id_of,
    related_id,
    replied,
    status_of,
    stop,
    support_of,
    task_of,
    task_tools,
)
from .task_calls import task_tool as task_tool_need

TASK_PROGRESS: Final = "mcp-audit-task"
PLAIN_PROGRESS: Final = "mcp-audit-plain"
_RESULT_S = 6.0
_WORK_S: Final = 1.5
"""How long the slow fixture works: longer than two requests take on a busy machine."""
NOT_CREATED = "no task was created"


@dataclass(frozen=True, slots=True)
class TaskLife:
    """One tool, called plainly and as a task, and the task followed to its end and beyond."""

    tool: str
    plain: tuple[Exchange, ...]
    """Plain calls; none where the tool has to be a task, a second one where the first differs from the task."""
    created: Exchange
    before: Exchange | None = None
    """tasks/get at once."""
    result: Exchange | None = None
    """tasks/result right after it."""
    after: Exchange | None = None
    """tasks/get as soon as the result was there."""
    cancel: Exchange | None = None
    """tasks/cancel of the ended task."""
    last: Exchange | None = None
    """tasks/get at the very end."""

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool}"

    @property
    def gets(self) -> tuple[Exchange, ...]:
        """The answers to tasks/get that are results."""
        return tuple(seen for seen in (self.before, self.after, self.last) if seen is not None and seen.ok)

    @property
    def described(self) -> tuple[Exchange, ...]:
        """Every answer that describes the task."""
        return tuple(seen for seen in (self.created, *self.gets) if task_of(seen) is not None)


@scenario(spec=TASKS, needs=(task_tool_need,), timeout_s=40.0, bench=Bench.DIAGNOSTICS)
async def task_life(probe: Probe) -> TaskLife:
    """Begin a task, ask for its state and its result, and try to cancel what has ended."""
    tool = task_tools(probe, SLOW)[0]
    plain: list[Exchange] = []
    if support_of(tool) == "optional":
        token = {"progressToken": PLAIN_PROGRESS}
        plain.append(await call(probe, tool, seconds=_WORK_S, meta=token, timeout=_RESULT_S))
    created = await begin(probe, tool, seconds=_WORK_S, meta={"progressToken": TASK_PROGRESS})
    name, task_id = str(tool["name"]), id_of(created)
    if task_id is None:
        return TaskLife(name, tuple(plain), created)
    which = {"taskId": task_id}
    before = await probe.request("tasks/get", which)
    result = await probe.request("tasks/result", which, timeout=_RESULT_S)
    after = await probe.request("tasks/get", which)
    if not ended(after):
        await stop(probe, task_id)
        return TaskLife(name, tuple(plain), created, before, result, after)
    if plain and payload(plain[0]) != payload(result):
        plain.append(await call(probe, tool, seconds=_WORK_S, timeout=_RESULT_S))
    cancel = await probe.request("tasks/cancel", which) if probe.offer.declares("tasks.cancel") else None
    last = await probe.request("tasks/get", which)
    return TaskLife(name, tuple(plain), created, before, result, after, cancel, last)


def payload(exchange: Exchange) -> JsonObject | None:
    """Return the result without its metadata, or the error."""
    if exchange.result is not None:
        return {key: value for key, value in exchange.result.items() if key != "_meta"}
    return exchange.error


@check(
    task_life,
    id="tasks/no-create-task-result",
    title="A task request is answered with something else than a task",
    requirements=("tasks/create-task-result",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer an accepted task request with a CreateTaskResult; the tool's result follows by tasks/result.",
)
def no_create_task_result(seen: TaskLife) -> Verdict:
    """A client that asked for a task reads the id of the task from the answer. Without one it can neither wait for the
    result nor cancel the work.
    """
    if seen.created.result is None or seen.created.result.get("isError") is True:
        return not_observed("the task request was not accepted", seen.created)
    if task_of(seen.created) is None or "task" not in seen.created.result:
        return failed("The server answered a task request without a task.", seen.created, subject=seen.subject)
    return passed(seen.created)


@check(
    task_life,
    id="tasks/begins-in-other-status",
    title="A task does not begin as working",
    requirements=("tasks/task-begins-working",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Create tasks with the status working, also where the work is done in no time.",
)
def begins_in_other_status(seen: TaskLife) -> Verdict:
    """Clients start their state machine of a task at working."""
    status = status_of(seen.created)
    if status is None:
        return not_observed(NOT_CREATED, seen.created)
    if status != "working":
        return failed(f"The server created a task with the status {status!r}.", seen.created, subject=seen.subject)
    return passed(seen.created)


@check(
    task_life,
    id="tasks/leaves-final-status",
    title="A task that has ended changes its status",
    requirements=("tasks/task-transitions", "tasks/task-transitions-must-not"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Never change the status of a task that is completed, failed or cancelled.",
)
def leaves_final_status(seen: TaskLife) -> Verdict:
    """A client stops to poll when a task has ended. What happens to it afterwards nobody sees."""
    for earlier, later in zip(seen.described, seen.described[1:], strict=False):
        if ended(earlier) and status_of(later) != status_of(earlier):
            text = f"The task was {status_of(earlier)}, and then {status_of(later)}."
            return failed(text, earlier, later, subject=seen.subject)
    finals = [exchange for exchange in seen.described if ended(exchange)]
    return passed(*finals) if len(finals) > 1 else not_observed("no ended task was asked for twice", *seen.described)


@check(
    task_life,
    id="tasks/id-not-text",
    title="A task id is no string",
    requirements=("tasks/task-id-string",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send task ids as strings, numbers in quotes too.",
)
def id_not_text(seen: TaskLife) -> Verdict:
    """Clients with types refuse such a task; others send the id back in a form that the server does not know."""
    for exchange, task in tasks_in(seen):
        if not isinstance(task["taskId"], str):
            text = f"The server named a task by {task['taskId']!r}."
            return failed(text, exchange, subject=seen.subject)
    return passed(*seen.described) if seen.described else not_observed(NOT_CREATED, seen.created)


@check(
    task_life,
    id="tasks/cancels-ended-task",
    title="An ended task can be cancelled",
    requirements=("tasks/cancel-terminal-32602",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse to cancel a task that is completed, failed or cancelled with -32602.",
)
def cancels_ended_task(seen: TaskLife) -> Verdict:
    """A client that is told that it cancelled a task takes its effects for undone."""
    if seen.cancel is None:
        return not_applicable("no task ended, or the server does not declare tasks.cancel", seen.created)
    if not replied(seen.cancel) or seen.after is None:
        return not_observed("tasks/cancel of an ended task was not answered", seen.cancel)
    if seen.cancel.ok:
        text = f"The server cancelled a task that was {status_of(seen.after)} already."
        return failed(text, seen.after, seen.cancel, subject=seen.subject)
    if seen.cancel.error_code != -32602:
        text = f"The server refused to cancel an ended task with {seen.cancel.error_code}, not with -32602."
        return failed(text, seen.after, seen.cancel, subject=seen.subject)
    return passed(seen.cancel)


@check(
    task_life,
    id="tasks/redundant-related-task",
    title="Answers that name their task name it once more as related",
    requirements=("tasks/no-related-meta-in-task-ops",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Leave io.modelcontextprotocol/related-task out of what tasks/get, list and cancel answer.",
)
def redundant_related_task(seen: TaskLife) -> Verdicts:
    """Two names for one thing can differ; the task id is in these results already."""
    for exchange in seen.gets:
        if related_id(exchange.result or {}) is not None:
            return failed("The result of tasks/get has related-task metadata.", exchange, subject=seen.subject)
    return passed(*seen.gets) if seen.gets else not_observed("tasks/get gave no task", seen.created)


def tasks_in(seen: TaskLife) -> Iterator[tuple[Exchange, JsonObject]]:
    """Yield the answers that describe the task, each with the task."""
    for exchange in seen.described:
        task = task_of(exchange)
        if task is not None:
            yield exchange, task
