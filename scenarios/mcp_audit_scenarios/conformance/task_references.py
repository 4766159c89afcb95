"""Which task is meant: ids and cursors that name nothing, or two tasks at once (page `basic/utilities/tasks`)."""

import uuid
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Outcome,
    Severity,
    Status,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .refusals import refused_as_invalid_params
from .task_calls import RELATED, TASKS, begin, id_of, replied, stop, task_tool, task_tools

_FIXTURES = ("test_task_required",)
_RESULT_S = 3.0


@dataclass(frozen=True, slots=True)
class OddReferences:
    """A task, asked for plainly and in odd ways."""

    ids: tuple[str, str]
    control: Exchange
    """tasks/get of the first task."""
    contradicting: Exchange
    """The same, with related-task metadata that names the second."""
    silences: tuple[Exchange, ...]
    """Where that was not answered: once more, and then the control again."""
    unknown: tuple[Exchange, ...]
    """tasks/get, result and cancel of a task that does not exist."""
    listing: Exchange | None
    cursor: Exchange | None
    """tasks/list plainly, and with a cursor that it did not give."""


@scenario(spec=TASKS, needs=(task_tool,), impact=Impact.PROBING, timeout_s=30.0, bench=Bench.DIAGNOSTICS)
async def odd_references(probe: Probe) -> OddReferences:
    tool = task_tools(probe, *_FIXTURES)[0]
    first, second = await begin(probe, tool), await begin(probe, tool)
    ids = (id_of(first), id_of(second))
    if ids[0] is None or ids[1] is None:
        raise Unobservable("no task was created", first, second)
    which = {"taskId": ids[0]}
    control = await probe.request("tasks/get", which)
    related = {RELATED: {"taskId": ids[1]}}
    contradicting = await probe.request("tasks/get", which, meta=related, timeout=_RESULT_S)
    silences: tuple[Exchange, ...] = ()
    if contradicting.outcome is Outcome.SILENT:
        again = await probe.request("tasks/get", which, meta=related, timeout=_RESULT_S)
        silences = (again, await probe.request("tasks/get", which))
    nobody = {"taskId": str(uuid.UUID(int=probe.rng.getrandbits(128), version=4))}
    methods = ["tasks/get", "tasks/result", *(["tasks/cancel"] if probe.offer.declares("tasks.cancel") else [])]
    unknown = [await probe.request(method, nobody, timeout=_RESULT_S) for method in methods]
    listing = cursor = None
    if probe.offer.declares("tasks.list"):
        listing = await probe.request("tasks/list")
        cursor = await probe.request("tasks/list", {"cursor": f"mcp-audit-{probe.rng.getrandbits(32):08x}"})
    for name in ids:
        await stop(probe, str(name))
    return OddReferences((ids[0], ids[1]), control, contradicting, silences, tuple(unknown), listing, cursor)


@check(
    odd_references,
    id="tasks/follows-related-task",
    title="Metadata decides which task is meant",
    requirements=("tasks/task-id-param-wins",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Find the task by the parameter taskId alone, and ignore related-task metadata of the request.",
)
def follows_related_task(seen: OddReferences) -> Verdict:
    """Two names for a task are one too many: what was checked for the one would be done to the other.

    Silence counts where the request was repeated, and the same request without the metadata was answered right after.
    """
    if id_of(seen.control) != seen.ids[0]:
        return not_observed("tasks/get did not find the task without the metadata", seen.control)
    if not replied(seen.contradicting):
        return _silent(seen)
    if id_of(seen.contradicting) == seen.ids[0]:
        return passed(seen.control, seen.contradicting)
    did = "answered for the task in the metadata" if id_of(seen.contradicting) == seen.ids[1] else "found no task"
    text = f"With metadata that names another task than taskId, tasks/get {did}."
    return failed(text, seen.control, seen.contradicting)


def _silent(seen: OddReferences) -> Verdict:
    if len(seen.silences) == 2 and seen.silences[0].outcome is Outcome.SILENT and seen.silences[1].ok:
        text = "tasks/get is not answered when its metadata names another task than taskId."
        return failed(text, seen.control, seen.contradicting, *seen.silences)
    return not_observed("tasks/get with related-task metadata was not answered", seen.contradicting, *seen.silences)


@check(
    odd_references,
    id="tasks/unknown-task-not-invalid-params",
    title="A task that does not exist is not refused as an invalid parameter",
    requirements=("tasks/task-protocol-errors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer tasks/get, tasks/result and tasks/cancel for an unknown task with -32602.",
)
def unknown_task_not_invalid_params(seen: OddReferences) -> Verdicts:
    """By the code a client tells a task that is gone from a server in trouble."""
    if not seen.control.ok:
        return not_observed("tasks/get of a known task gave no result", seen.control)
    judged = [(exchange, _refused(exchange, seen.control)) for exchange in seen.unknown]
    failures = [verdict for _, verdict in judged if verdict.status is Status.FAIL]
    refused = [exchange for exchange, verdict in judged if verdict.status is Status.PASS]
    if not failures and not refused:
        return not_observed("no request for an unknown task was answered with an error", *seen.unknown)
    return failures or passed(*refused, seen.control)


@check(
    odd_references,
    id="tasks/unknown-cursor-not-invalid-params",
    title="A cursor that tasks/list did not give is not refused as an invalid parameter",
    requirements=("tasks/task-protocol-errors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer tasks/list with a cursor that you did not make with -32602.",
)
def unknown_cursor_not_invalid_params(seen: OddReferences) -> Verdict:
    """A client whose cursor has expired would otherwise take some page for the one that it asked for."""
    if seen.listing is None or seen.cursor is None:
        return not_applicable("the server does not declare tasks.list", seen.control)
    if not seen.listing.ok:
        return not_observed("tasks/list gave no result", seen.listing)
    return _refused(seen.cursor, seen.listing)


@check(
    odd_references,
    id="tasks/error-without-message",
    title="An error about a task does not say what was wrong",
    requirements=("tasks/task-error-messages",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Say in the message of the error what was wrong, such as that the task has expired.",
)
def error_without_message(seen: OddReferences) -> Verdict:
    """Unknown, expired and foreign tasks share one code; a person who looks for the cause has the message only."""
    shown = [exchange for exchange in (*seen.unknown, seen.cursor) if exchange is not None and exchange.error]
    for exchange in shown:
        message = (exchange.error or {}).get("message")
        if not isinstance(message, str) or not message.strip():
            return failed(f"The error to {exchange.sent.method} has the message {message!r}.", exchange)
    return passed(*shown) if shown else not_observed("no error was seen", seen.control)


def _refused(spoiled: Exchange, control: Exchange) -> Verdict:
    subject = f"method:{spoiled.sent.method}"
    if spoiled.ok:
        text = f"The server answered {spoiled.sent.method} with a result for what does not exist."
        return failed(text, spoiled, control, subject=subject)
    return refused_as_invalid_params(spoiled, control, subject)
