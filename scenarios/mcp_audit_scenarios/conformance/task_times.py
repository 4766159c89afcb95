"""The times of a task: when it was created and changed, and how long it is kept (page `basic/utilities/tasks`)."""

import re
from datetime import datetime

from mcp_audit_harness.declare import check
from mcp_audit_harness.model import Category, Severity, Verdict, failed, not_observed, passed

from .task_calls import task_of
from .tasks import NOT_CREATED, TaskLife, task_life, tasks_in

_ISO_8601 = re.compile(
    r"\d{4}-?\d\d-?\d\d([T ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII | re.IGNORECASE
)


@check(
    task_life,
    id="tasks/created-at-not-iso-8601",
    title="A task does not say in ISO 8601 when it was created",
    requirements=("tasks/task-created-at",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send createdAt with every task, such as 2025-11-25T10:30:00Z.",
)
def created_at_not_iso_8601(seen: TaskLife) -> Verdict:
    """Together with the ttl it tells a client until when the result can be fetched."""
    return _dated(seen, "createdAt")


@check(
    task_life,
    id="tasks/last-updated-at-not-iso-8601",
    title="A task does not say in ISO 8601 when it last changed",
    requirements=("tasks/task-last-updated",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send lastUpdatedAt with every task, never earlier than createdAt.",
)
def last_updated_at_not_iso_8601(seen: TaskLife) -> Verdict:
    """It shows whether a task still moves. One that was changed before it was created says that the clock is wrong."""
    verdict = _dated(seen, "lastUpdatedAt")
    for exchange, task in tasks_in(seen):
        created, updated = _moment(task.get("createdAt")), _moment(task.get("lastUpdatedAt"))
        if created is not None and updated is not None and updated < created:
            text = f"The task was changed at {task['lastUpdatedAt']}, before it was created at {task['createdAt']}."
            return failed(text, exchange, subject=seen.subject)
    return verdict


@check(
    task_life,
    id="tasks/ttl-missing",
    title="tasks/get does not say how long a task is kept",
    requirements=("tasks/task-ttl-present",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send the actual ttl in milliseconds, or null for unlimited.",
)
def ttl_missing(seen: TaskLife) -> Verdict:
    """A server may keep a task for another time than was asked for, so only its own word counts."""
    for exchange in seen.gets:
        ttl = (task_of(exchange) or {}).get("ttl", "absent")
        if ttl is not None and (isinstance(ttl, bool) or not isinstance(ttl, int | float)):
            return failed(f"The ttl in tasks/get is {ttl!r}.", exchange, subject=seen.subject)
    return passed(*seen.gets) if seen.gets else not_observed("tasks/get gave no task", seen.created)


def _dated(seen: TaskLife, member: str) -> Verdict:
    for exchange, task in tasks_in(seen):
        said = task.get(member)
        if not isinstance(said, str) or not _ISO_8601.fullmatch(said):
            text = f"{member} of the task is {said!r}." if member in task else f"The task has no {member}."
            return failed(text, exchange, subject=seen.subject)
    return passed(*seen.described) if seen.described else not_observed(NOT_CREATED, seen.created)


def _moment(said: object) -> datetime | None:
    """Return a date and time with a zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
