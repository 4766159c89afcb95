"""Tasks of somebody else: another identity asks for them (page `basic/utilities/tasks`, Task Isolation)."""

import json
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .task_calls import TASKS, begin, id_of, stop, task_of, task_tool, task_tools
from .task_ids import names_on
from .task_isolation import pages_of
from .trials import how

_FIXTURES: Final = ("test_task_required",)
_RESULT_S: Final = 3.0
_NO_OTHER: Final = "a token of another user would show it; name one with --second-bearer-env VAR"
_REFERENCES = ("https://cwe.mitre.org/data/definitions/639.html",)


def _second_identity(probe: Probe) -> Verdict | None:
    if not probe.survey.auth.required:
        return not_applicable("the server asks nobody for credentials")
    return None if probe.identity("second") is not None else not_observed(_NO_OTHER)


@dataclass(frozen=True, slots=True)
class ForeignTask:
    """A task of one user, and what another one gets who knows its id."""

    control: Exchange
    """tasks/get of the owner."""
    asked: tuple[Exchange, ...]
    """tasks/get, tasks/result and tasks/cancel of the other."""
    own: tuple[Exchange, ...]
    """The list that the owner is shown; empty where tasks cannot be listed."""
    foreign: tuple[Exchange, ...]
    """The list that the other is shown."""
    unknown: Exchange | None = None
    """tasks/get of the other with an id as long that nobody has."""


@scenario(
    spec=TASKS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(task_tool, _second_identity),
    timeout_s=30.0,
    bench=Bench.AUTHORIZED,
)
async def foreign_task(probe: Probe) -> ForeignTask:
    created = await begin(probe, task_tools(probe, *_FIXTURES)[0])
    task_id = id_of(created)
    if task_id is None:
        raise Unobservable("no task was created", created)
    which = {"taskId": task_id}
    lists = probe.offer.declares("tasks.list")
    methods = ["tasks/get", "tasks/result", *(["tasks/cancel"] if probe.offer.declares("tasks.cancel") else [])]
    async with probe.session(headers=probe.identity("second")) as other:
        if not other.usable:
            evidence = () if other.opening is None else (other.opening,)
            raise Unobservable("the second identity could open no session", *evidence)
        control = await probe.request("tasks/get", which)
        asked = [await other.request(method, which, timeout=_RESULT_S) for method in methods]
        unknown = await other.request("tasks/get", {"taskId": _unlike(task_id)}, timeout=_RESULT_S)
        own = await pages_of(probe, task_id) if lists else ()
        foreign = await pages_of(other, task_id) if lists else ()
    await stop(probe, task_id)
    return ForeignTask(control, tuple(asked), own, foreign, unknown)


def _unlike(task_id: str) -> str:
    """Return an id of the same form that is hardly anybody's: every letter and digit is another one."""
    turned = str.maketrans("0123456789abcdefABCDEF", "9876543210fedcbaFEDCBA")
    return task_id.translate(turned)


@check(
    foreign_task,
    id="tasks/serves-foreign-task",
    title="A task is served to somebody else than its owner",
    requirements=("tasks/tasks-bound-to-context", "tasks/reject-foreign-task-ops"),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Keep with every task who created it, and treat it as unknown to everybody else.",
    references=_REFERENCES,
)
def serves_foreign_task(seen: ForeignTask) -> Verdicts:
    """A task holds the result of a tool that one user called, with that user's rights and data. Whoever else can read
    or cancel it does so without any.
    """
    if task_of(seen.control) is None:
        return not_observed(f"the owner's tasks/get is answered with {how(seen.control)}", seen.control)
    served = [
        failed(
            f"The server answered {exchange.sent.method} of another user's task with a result.",
            seen.control,
            exchange,
            subject=f"method:{exchange.sent.method}",
        )
        for exchange in seen.asked
        if exchange.ok
    ]
    refused = [exchange for exchange in seen.asked if exchange.refused]
    return served or (passed(seen.control, *refused) if refused else not_observed("nothing was answered", *seen.asked))


@check(
    foreign_task,
    id="tasks/lists-foreign-tasks",
    title="Tasks of one user are listed to another",
    requirements=("tasks/list-only-own-tasks",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="List only the tasks that the caller created.",
    references=_REFERENCES,
)
def lists_foreign_tasks(seen: ForeignTask) -> Verdict:
    """The list gives away what others do, and the ids by which they do it."""
    if not seen.own:
        return not_applicable("the server does not declare tasks.list", seen.control)
    task_id = id_of(seen.control) or ""
    if not any(task_id in names_on(page) for page in seen.own):
        return not_observed("the task is not in the list of its owner", seen.control, *seen.own)
    showing = [page for page in seen.foreign if task_id in names_on(page)]
    if showing:
        return failed("The server listed a task of another user.", *seen.own, *showing)
    answered = [page for page in seen.foreign if page.reply is not None or page.refused]
    return passed(*seen.own, *answered) if answered else not_observed("tasks/list was not answered", *seen.foreign)


@check(
    foreign_task,
    id="tasks/foreign-task-told-apart",
    title="The refusal tells a task of somebody else from one that does not exist",
    requirements=("tasks/same-refusal-for-foreign",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Refuse both in the same words: look a task up by its id and its owner together.",
    references=("https://cwe.mitre.org/data/definitions/204.html",),
)
def foreign_task_told_apart(seen: ForeignTask) -> Verdict:
    """Whoever hears "not yours" knows that there is something, and can go on guessing. Ids that are hard to guess make
    that slow, and the same refusal makes it useless.
    """
    foreign = next((exchange for exchange in seen.asked if exchange.sent.method == "tasks/get"), None)
    if seen.unknown is None or foreign is None or foreign.error is None or seen.unknown.error is None:
        return not_observed("not both were refused with an error", *filter(None, (foreign, seen.unknown)))
    if _said(foreign) != _said(seen.unknown):
        return failed("The task of another user is refused otherwise than an unknown one.", foreign, seen.unknown)
    return passed(foreign, seen.unknown, seen.control)


def _said(exchange: Exchange) -> tuple[object, str]:
    """Return code and text of a refusal, without the id that was asked for."""
    task_id = json.loads(exchange.sent.body)["params"]["taskId"] if exchange.sent.body else ""
    error = exchange.error or {}
    text = json.dumps([error.get("message"), error.get("data")])
    return error.get("code"), text.replace(task_id, "…") if task_id else text
