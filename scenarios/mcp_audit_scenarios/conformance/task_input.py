"""Tasks that fail, and tasks that have to ask (page `basic/utilities/tasks`, Input Required Status)."""

from dataclasses import dataclass
from typing import Final

import anyio
from mcp_audit_harness.declare import Bench, Unobservable, check, scenario
from mcp_audit_harness.model import Category, Exchange, JsonObject, Severity, Verdict, failed, not_observed, passed
from mcp_audit_harness.probe import Probe, Session

from .task_calls import TASKS, begin, ended, id_of, related_id, status_of, stop, task_of, task_tool, task_tools

_MOST_TOOLS: Final = 5
_POLLS: Final = 4
_POLL_S: Final = 0.1
_PENDING_S: Final = 0.6
"""How long to wait for a question; the request for the result stays open all that time."""
_ASKING = ("test_task_asking",)
_FAILING = ("test_task_failing",)
_REPLIES: dict[str, JsonObject] = {
    "elicitation/create": {"action": "decline"},
    "roots/list": {"roots": []},
    "sampling/createMessage": {
        "role": "assistant",
        "content": {"type": "text", "text": "A short canned answer."},
        "model": "mcp-audit-canned",
    },
}


async def _settled(asks: Probe | Session, task_id: str) -> tuple[Exchange, ...]:
    """Poll until the task no longer works, a few times."""
    polls: list[Exchange] = []
    for number in range(_POLLS):
        polls.append(await asks.request("tasks/get", {"taskId": task_id}))
        if status_of(polls[-1]) != "working":
            break
        if number < _POLLS - 1:
            await anyio.sleep(_POLL_S)
    return tuple(polls)


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A task that ended as failed."""

    tool: str
    created: Exchange
    final: Exchange
    """tasks/get."""


@scenario(spec=TASKS, needs=(task_tool,), timeout_s=30.0, bench=Bench.DIAGNOSTICS)
async def failed_task(probe: Probe) -> FailedTask:
    """Begin tasks until one of them fails."""
    for tool in task_tools(probe, *_FAILING)[:_MOST_TOOLS]:
        created = await begin(probe, tool)
        task_id = id_of(created)
        if task_id is None:
            continue
        final = (await _settled(probe, task_id))[-1]
        if status_of(final) == "failed":
            return FailedTask(str(tool["name"]), created, final)
        if not ended(final):
            await stop(probe, task_id)
    raise Unobservable("no task failed with the plain arguments that the harness makes from the schemas")


@check(
    failed_task,
    id="tasks/failure-without-message",
    title="A failed task does not say why",
    requirements=("tasks/task-status-message",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Put what went wrong into statusMessage when a task fails.",
)
def failure_without_message(seen: FailedTask) -> Verdict:
    """A client that polls shows the message; without it a person sees that it failed, and nothing else."""
    message = (task_of(seen.final) or {}).get("statusMessage")
    if not isinstance(message, str) or not message.strip():
        return failed("The failed task has no statusMessage.", seen.final, subject=f"tool:{seen.tool}")
    return passed(seen.final)


@dataclass(frozen=True, slots=True)
class AskingTask:
    """A task that asked the client something, which was left unanswered for a while."""

    tool: str
    created: Exchange
    asked: Exchange
    """tasks/result, with the question."""
    pending: Exchange
    """tasks/get while the question was open."""
    reply: Exchange
    """The answer."""
    later: tuple[Exchange, ...]
    """tasks/get afterwards, until the task had left the status."""

    @property
    def question(self) -> JsonObject:
        """The request of the server."""
        return next((asked for asked in self.asked.server_requests if asked.get("method") in _REPLIES), {})


@scenario(spec=TASKS, needs=(task_tool,), timeout_s=40.0, bench=Bench.DIAGNOSTICS)
async def asking_task(probe: Probe) -> AskingTask:
    """Begin tasks until one asks something; leave the question open, look, and answer it."""
    async with probe.session(answers=_silence) as session:
        if not session.usable:
            raise Unobservable("no session could be opened")
        for tool in task_tools(probe, *_ASKING)[:_MOST_TOOLS]:
            found = await _asking(session, tool)
            if found is not None:
                return found
    raise Unobservable("no task asked for anything; allow more tools with --call all or --tool NAME")


def _silence(_: JsonObject) -> None:
    """Answer nothing yet."""


async def _asking(session: Session, tool: JsonObject) -> AskingTask | None:
    created = await begin(session, tool)
    task_id = id_of(created)
    if task_id is None:
        return None
    if ended((await _settled(session, task_id))[-1]):
        return None
    asked = await session.request("tasks/result", {"taskId": task_id}, timeout=_PENDING_S)
    question = next((one for one in asked.server_requests if one.get("method") in _REPLIES), None)
    if question is None:
        if asked.reply is None:
            await stop(session, task_id)
        return None
    pending = await session.request("tasks/get", {"taskId": task_id})
    answer = {"jsonrpc": "2.0", "id": question["id"], "result": _REPLIES[question["method"]]}
    reply = await session.send(answer)
    later: list[Exchange] = []
    while len(later) < _POLLS:
        later.append(await session.request("tasks/get", {"taskId": task_id}))
        if status_of(later[-1]) != "input_required":
            break
        await anyio.sleep(_POLL_S)
    if not ended(later[-1]):
        await stop(session, task_id)
    return AskingTask(str(tool["name"]), created, asked, pending, reply, tuple(later))


@check(
    asking_task,
    id="tasks/input-required-not-shown",
    title="A task that waits for an answer does not say so",
    requirements=("tasks/input-required-status",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Move the task to input_required before you ask the client, and back to working afterwards.",
)
def input_required_not_shown(seen: AskingTask) -> Verdict:
    """A client that polls learns by this status that it has to open tasks/result. Otherwise it polls for ever."""
    status = status_of(seen.pending)
    if status is None:
        return not_observed("tasks/get was not answered while the question was open", seen.asked, seen.pending)
    if ended(seen.pending):
        return not_observed("the task ended without an answer to its question", seen.asked, seen.pending)
    if status != "input_required":
        text = f"The task waited for an answer to {seen.question['method']}, and its status was {status}."
        return failed(text, seen.asked, seen.pending, subject=f"tool:{seen.tool}")
    return passed(seen.asked, seen.pending)


@check(
    asking_task,
    id="tasks/stays-input-required",
    title="A task stays input_required although it has its answer",
    requirements=("tasks/leave-input-required",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Move the task to working, or to its end, as soon as every question is answered.",
)
def stays_input_required(seen: AskingTask) -> Verdict:
    """Clients open tasks/result again and again, and wait for a question that does not come."""
    if status_of(seen.pending) != "input_required":
        return not_observed("the task was not input_required", seen.asked, seen.pending)
    if not seen.reply.answered or not seen.later or status_of(seen.later[-1]) is None:
        return not_observed("the answer was not taken, or tasks/get not answered after it", seen.pending, seen.reply)
    if status_of(seen.later[-1]) == "input_required":
        text = f"The status was input_required {len(seen.later)} polls after the answer."
        return failed(text, seen.asked, seen.reply, *seen.later, subject=f"tool:{seen.tool}")
    return passed(seen.reply, seen.later[-1])


@check(
    asking_task,
    id="tasks/question-without-related-task",
    title="What a task asks does not name the task",
    requirements=("tasks/related-task-meta",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Put io.modelcontextprotocol/related-task into _meta of every request that a task makes.",
)
def question_without_related_task(seen: AskingTask) -> Verdict:
    """A person is asked for something. Which of several tasks wants it, only the metadata says."""
    if not seen.question:
        return not_observed("the task asked for nothing", seen.asked)
    params = seen.question.get("params")
    named = related_id(params if isinstance(params, dict) else {})
    if named != id_of(seen.created):
        text = f"{seen.question['method']} names {named!r} as its task."
        return failed(text, seen.created, seen.asked, subject=f"tool:{seen.tool}")
    return passed(seen.asked)
