"""Whose task it is: another session without credentials (page `basic/utilities/tasks`, Task Isolation)."""

from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe, Session

from .task_calls import TASKS, begin, id_of, stop, task_tool, task_tools
from .task_ids import names_on

_FIXTURES = ("test_task_required",)
_MOST_PAGES: Final = 20
_CREDENTIALS: Final = frozenset({"authorization", "cookie"})


def _lists_to_anybody(probe: Probe) -> Verdict | None:
    if not probe.offer.declares("tasks.list"):
        return not_applicable("the server does not declare tasks.list")
    if probe.survey.auth.required:
        return not_applicable("the server knows who asks by their credentials")
    return None


@dataclass(frozen=True, slots=True)
class ForeignList:
    """A task of one session, and the list of tasks that another one is shown."""

    created: Exchange
    own: tuple[Exchange, ...]
    foreign: tuple[Exchange, ...]


@scenario(
    spec=TASKS, transports=HTTP_ONLY, needs=(_lists_to_anybody, task_tool), timeout_s=30.0, bench=Bench.DIAGNOSTICS
)
async def foreign_list(probe: Probe) -> ForeignList:
    created = await begin(probe, task_tools(probe, *_FIXTURES)[0])
    task_id = id_of(created)
    if task_id is None:
        raise Unobservable("no task was created", created)
    own = await pages_of(probe, task_id)
    async with probe.session() as other:
        if not other.usable:
            raise Unobservable("no second session could be opened", created)
        foreign = await pages_of(other, task_id)
    await stop(probe, task_id)
    return ForeignList(created, own, foreign)


async def pages_of(asks: Probe | Session, task_id: str) -> tuple[Exchange, ...]:
    """Read the list until the task is on a page, or to its end."""
    pages = [await asks.request("tasks/list")]
    while len(pages) < _MOST_PAGES and task_id not in names_on(pages[-1]):
        cursor = (pages[-1].result or {}).get("nextCursor")
        if not isinstance(cursor, str):
            break
        pages.append(await asks.request("tasks/list", {"cursor": cursor}))
    return tuple(pages)


@check(
    foreign_list,
    id="tasks/lists-tasks-to-anybody",
    title="Tasks are listed to anybody who asks",
    requirements=("tasks/no-list-without-identity",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="List a session only its own tasks, or do not declare tasks.list where you cannot tell callers apart.",
    references=("https://cwe.mitre.org/data/definitions/200.html",),
)
def lists_tasks_to_anybody(seen: ForeignList) -> Verdict:
    """Without credentials the id is what protects a task. A list of all ids gives every task, and every result, to
    whoever can reach the server.
    """
    task_id = id_of(seen.created) or ""
    if any(name in _CREDENTIALS for name, _ in seen.created.sent.headers):
        return not_applicable("the requests carry credentials, by which the server may know who asks", seen.created)
    if not any(task_id in names_on(page) for page in seen.own):
        return not_observed("the task is not in the list of its own session", seen.created, *seen.own)
    if not all(page.ok for page in seen.foreign):
        refused = [page for page in seen.foreign if page.refused]
        return passed(*refused) if refused else not_observed("tasks/list was not answered", *seen.foreign)
    showing = [page for page in seen.foreign if task_id in names_on(page)]
    if showing:
        return failed("A second session without credentials was shown the task of the first.", seen.created, *showing)
    return passed(seen.created, *seen.own, *seen.foreign)
