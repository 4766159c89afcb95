"""Tasks in all that was said: those that the server wants of its client, and what it offers of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, check, feature, scenario
from mcp_audit_harness.model import (
    Category,
    Effort,
    Exchange,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    Verdict,
    failed,
    implemented,
    missing,
    not_applicable,
    not_observed,
    partial,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe

from .task_calls import OFFERED, STATUS, TASKS, id_of, related_id, status_of, support_of, task_of

_UNTIL: Final = "2026-07-28"
_PAGE: Final = "basic/utilities/tasks"
_AUGMENTABLE: Final = frozenset({"sampling/createMessage", "elicitation/create"})
_NO_TASKS: Final = f"the server does not declare {OFFERED}"


@dataclass(frozen=True, slots=True)
class TaskTraffic:
    """Everything about tasks that was said at the revision."""

    openings: tuple[Exchange, ...]
    """Answers to initialize that are results."""
    declared: JsonObject
    """The capability."""
    tools: tuple[str, ...]
    """Listed tools that may be tasks."""
    created: tuple[Exchange, ...]
    finished: tuple[Exchange, ...]
    """Answers that say that a task has ended, by itself or by cancellation."""
    lists: tuple[Exchange, ...]
    statuses: tuple[Exchange, ...]
    """Those with which notifications of a status came."""
    questions: tuple[Exchange, ...]
    """Those with which the server asked for sampling or elicitation."""

    @property
    def offered(self) -> bool:
        """Whether calls of tools may be tasks."""
        requests = self.declared.get("requests")
        tools = requests.get("tools") if isinstance(requests, dict) else None
        return isinstance(tools, dict) and isinstance(tools.get("call"), dict | bool)


@scenario(spec=TASKS, observes=True, bench=Bench.DIAGNOSTICS)
async def task_traffic(probe: Probe) -> TaskTraffic:
    """Collect what was said about tasks, and by whom."""
    said = [seen for seen in probe.transcript if seen.messages]
    about = [seen for seen in said if (seen.sent.method or "").startswith("tasks/") and seen.ok]
    declared = probe.offer.capabilities.get("tasks")
    return TaskTraffic(
        openings=tuple([seen for seen in said if seen.sent.method == "initialize" and seen.ok][:3]),
        declared=declared if isinstance(declared, dict) else {},
        tools=tuple(str(tool.get("name")) for tool in probe.offer.tools if support_of(tool) != "forbidden"),
        created=tuple(one for one in said if one.sent.method == "tools/call" and _creates(one)),
        finished=tuple(one for one in about if status_of(one) in {"completed", "failed", "cancelled"}),
        lists=tuple(one for one in about if one.sent.method == "tasks/list"),
        statuses=tuple(one for one in said if one.notifications(STATUS)),
        questions=tuple(one for one in said if any(_asks(item) for item in one.server_requests)),
    )


def _creates(exchange: Exchange) -> bool:
    return "task" in (exchange.result or {}) and id_of(exchange) is not None


def _asks(request: JsonObject) -> bool:
    return request.get("method") in _AUGMENTABLE


@check(
    task_traffic,
    id="tasks/asks-client-for-task",
    title="The server asks a client for tasks that declares none",
    requirements=("tasks/no-tasks-without-capability",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send sampling and elicitation with task metadata only to clients that declare tasks for them.",
)
def asks_client_for_task(seen: TaskTraffic) -> Verdict:
    """A client without tasks ignores the metadata and answers at once; a server that then looks for a task id in the
    answer finds none.
    """
    if not any(exchange.answered for exchange in seen.questions):
        return not_observed("the server asked for no sampling and no elicitation; tools that may be called could do so")
    for exchange in seen.questions:
        for request in filter(_asks, exchange.server_requests):
            params = request.get("params")
            if isinstance(params, dict) and params.get("task") is not None:
                text = f"The server sent {request['method']} with task metadata to a client that declares no tasks."
                return failed(text, exchange, subject=f"method:{request['method']}")
    return passed(*seen.questions)


@check(
    task_traffic,
    id="tasks/status-with-related-task",
    title="A notification of a task's status names the task once more as related",
    requirements=("tasks/no-related-meta-in-task-ops",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Leave io.modelcontextprotocol/related-task out of notifications/tasks/status.",
)
def status_with_related_task(seen: TaskTraffic) -> Verdict:
    """The notification is the task, and has its id already."""
    if not seen.offered:
        return not_applicable(_NO_TASKS, *seen.openings)
    if not seen.statuses:
        return not_observed("no notification of a task's status was seen")
    for exchange, params in _statuses(seen):
        if related_id(params) is not None:
            return failed("notifications/tasks/status has related-task metadata.", exchange)
    return passed(*seen.statuses)


@feature(
    task_traffic,
    id="tasks/tasks",
    title="Calls of tools as tasks",
    since="2025-11-25",
    until=_UNTIL,
    page=_PAGE,
    priority=Priority.HIGH,
    effort=Effort.LARGE,
    remediation="Declare tasks.requests.tools.call, answer task requests with a CreateTaskResult, and serve tasks/get "
    "and tasks/result.",
)
def tasks(seen: TaskTraffic) -> Sighting:
    """Work that takes longer than a request may: the client gets a task at once, goes on, and fetches the result."""
    if not seen.openings:
        return unseen("no initialize was answered")
    if not seen.offered:
        return missing(_NO_TASKS, *seen.openings)
    if not seen.tools:
        return partial(f"the server declares {OFFERED}, and no listed tool may be a task", *seen.openings)
    if seen.created and seen.finished:
        return implemented("a task was created and followed to its end", *seen.created[:1], *seen.finished[:1])
    return implemented(f"declared, with {len(seen.tools)} tools that may be tasks; none was followed", *seen.openings)


@feature(
    task_traffic,
    id="tasks/cancellation",
    title="Tasks can be cancelled",
    since="2025-11-25",
    until=_UNTIL,
    page=f"{_PAGE}#task-cancellation",
    priority=Priority.MEDIUM,
    effort=Effort.MEDIUM,
    remediation="Declare tasks.cancel, and stop the work of a task on tasks/cancel.",
)
def cancellation(seen: TaskTraffic) -> Sighting:
    """A person who no longer wants the result need not pay for it."""
    return _declared(seen, "cancel")


@feature(
    task_traffic,
    id="tasks/listing",
    title="Tasks can be listed",
    since="2025-11-25",
    until=_UNTIL,
    page=f"{_PAGE}#task-listing",
    priority=Priority.LOW,
    effort=Effort.MEDIUM,
    remediation="Declare tasks.list where you know whose tasks they are, and list each caller its own.",
)
def listing(seen: TaskTraffic) -> Sighting:
    """A client that was started anew finds its tasks again. A server that cannot tell its callers apart should not."""
    return _declared(seen, "list")


@feature(
    task_traffic,
    id="tasks/status-notifications",
    title="Clients are told when a task changes",
    since="2025-11-25",
    until=_UNTIL,
    page=f"{_PAGE}#task-status-notification",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Send notifications/tasks/status when the status of a task changes.",
    requirements=("tasks/task-status-notification-optional",),
)
def status_notifications(seen: TaskTraffic) -> Sighting:
    """Polling can be rare where every change is told."""
    if seen.statuses:
        return implemented("notifications/tasks/status was sent", *seen.statuses[:1])
    return unseen("no status was notified" if seen.offered else _NO_TASKS)


@feature(
    task_traffic,
    id="tasks/poll-interval",
    title="Tasks say how often to ask",
    since="2025-11-25",
    until=_UNTIL,
    page=f"{_PAGE}#ttl-and-resource-management",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Send pollInterval in milliseconds with tasks.",
    requirements=("tasks/poll-interval-optional",),
)
def poll_interval(seen: TaskTraffic) -> Sighting:
    """A client that does not know how long the work takes polls too often, or too late."""
    asked = (*seen.created, *seen.finished)
    if not asked:
        return unseen("no task was seen" if seen.offered else _NO_TASKS)
    telling = [exchange for exchange in asked if "pollInterval" in (task_of(exchange) or {})]
    return implemented("pollInterval was sent", telling[0]) if telling else missing("no pollInterval", *asked[:3])


def _declared(seen: TaskTraffic, member: str) -> Sighting:
    if not seen.offered or not seen.openings:
        return unseen(_NO_TASKS)
    if isinstance(seen.declared.get(member), dict) or seen.declared.get(member) is True:
        return implemented(f"the server declares tasks.{member}", *seen.openings)
    return missing(f"the server does not declare tasks.{member}", *seen.openings)


def _statuses(seen: TaskTraffic) -> Iterator[tuple[Exchange, JsonObject]]:
    for exchange in seen.statuses:
        for notification in exchange.notifications(STATUS):
            params = notification.get("params")
            if isinstance(params, dict):
                yield exchange, params
