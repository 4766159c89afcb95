"""The result of a task, and what arrives with it (page `basic/utilities/tasks`, Result Retrieval)."""

from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.declare import check
from mcp_audit_harness.model import (
    Category,
    Exchange,
    JsonObject,
    Outcome,
    Severity,
    Transport,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)

from .task_calls import ended, id_of, related_id, replied, status_of, task_of
from .tasks import TASK_PROGRESS, TaskLife, payload, task_life

_PROGRESS: Final = "notifications/progress"
_STREAM: Final = "text/event-stream"
_SLOW_MS: Final = 250
"""Calls that take less are too quick to tell whether anything waited for them."""
_NO_RESULT = "tasks/result gave no result"


@check(
    task_life,
    id="tasks/result-differs-from-call",
    title="The result of a task is not that of the plain call",
    requirements=("tasks/task-result-final",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Return from tasks/result exactly what the request would have returned, error or result.",
)
def result_differs_from_call(seen: TaskLife) -> Verdict:
    """A tool is the same whether it was called as a task or not; a client parses both with the same code.

    Only tools that give the same answer to two plain calls can be compared.
    """
    if seen.result is None or seen.result.reply is None:
        return not_observed(_NO_RESULT, seen.created)
    answered = [payload(plain) for plain in seen.plain if plain.reply is not None]
    if not answered:
        return not_observed("the tool was not called plainly, or did not answer", seen.created)
    if answered[0] == payload(seen.result):
        return passed(seen.plain[0], seen.result)
    if len(answered) < 2 or answered[0] != answered[1]:
        return not_observed("two plain calls of the tool give different results, too", *seen.plain)
    text = "tasks/result returned something else than two plain calls of the tool."
    return failed(text, *seen.plain, seen.result, subject=seen.subject)


@check(
    task_life,
    id="tasks/result-without-related-task",
    title="The result of a task does not name its task",
    requirements=("tasks/task-result-meta", "tasks/related-task-meta"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Put io.modelcontextprotocol/related-task with the task id into _meta of what tasks/result returns.",
)
def result_without_related_task(seen: TaskLife) -> Verdict:
    """The result looks like that of any call. Only the metadata says which of several tasks it belongs to."""
    if seen.result is None or seen.result.result is None:
        return not_observed(_NO_RESULT, seen.created)
    if related_id(seen.result.result) != id_of(seen.created):
        text = f"The result of the task names {related_id(seen.result.result)!r} as its task."
        return failed(text, seen.created, seen.result, subject=seen.subject)
    return passed(seen.result)


@check(
    task_life,
    id="tasks/result-does-not-block",
    title="tasks/result answers before the task has ended",
    requirements=("tasks/task-result-blocks",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Hold the answer to tasks/result until the task is completed, failed or cancelled.",
)
def result_does_not_block(seen: TaskLife) -> Verdict:
    """The one answer to tasks/result is final. A server that gives it while the task still works gives half a result,
    or an error for a task that will succeed.
    """
    if status_of(seen.before) is None or ended(seen.before):
        return not_observed("the task had ended when it was first asked for; a slower tool could show it", seen.created)
    if seen.result is None or seen.result.reply is None or seen.after is None or status_of(seen.after) is None:
        return not_observed("tasks/result was not answered in time", seen.created)
    if ended(seen.after):
        return passed(seen.result, seen.after)
    text = f"The server answered tasks/result, and the task was still {status_of(seen.after)}."
    return failed(text, seen.result, seen.after, subject=seen.subject)


@check(
    task_life,
    id="tasks/created-late",
    title="The answer to a task request waits for the work",
    requirements=("tasks/create-task-fast",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer with the CreateTaskResult first, and do the work afterwards.",
)
def created_late(seen: TaskLife) -> Verdict:
    """Tasks are for work that takes longer than a request may. Where the request waits all the same, nothing is won.

    A task that still works when it is first asked for was not waited for, however long the answer took.
    """
    if task_of(seen.created) is None:
        return not_observed("no task was created", seen.created)
    if status_of(seen.before) is not None and not ended(seen.before):
        return passed(seen.created, *([seen.before] if seen.before else []))
    if not seen.plain or not replied(seen.plain[0]) or seen.plain[0].elapsed_ms < _SLOW_MS:
        return not_observed("the plain call of the tool is too quick to compare with, or was not made", seen.created)
    work, creation = seen.plain[0].elapsed_ms, seen.created.elapsed_ms
    if creation >= 0.8 * work:
        text = f"The task was created after {creation:.0f} ms; the whole call takes {work:.0f} ms."
        return failed(text, seen.plain[0], seen.created, subject=seen.subject)
    if creation > 0.5 * work:
        return not_observed("creating the task took most of the time of the whole call", seen.plain[0], seen.created)
    return passed(seen.plain[0], seen.created)


@check(
    task_life,
    id="tasks/get-as-stream",
    title="tasks/get is answered with a stream",
    requirements=("tasks/tasks-get-no-sse",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Answer tasks/get with application/json; keep streams for tasks/result.",
)
def get_as_stream(seen: TaskLife) -> Verdict:
    """A client that polls has chosen not to wait on a stream. Opening one for a single message costs both sides.

    A stream that carries further messages of the task is not counted.
    """
    if seen.created.transport is Transport.STDIO:
        return not_applicable("stdio has no streams", seen.created)
    if not seen.gets:
        return not_observed("tasks/get gave no task", seen.created)
    alone = [exchange for exchange in seen.gets if exchange.media_type == _STREAM and len(exchange.messages) == 1]
    if alone and len(alone) == len(seen.gets):
        return failed("The server opened a stream to answer tasks/get.", alone[0], subject=seen.subject)
    return passed(*seen.gets)


@check(
    task_life,
    id="tasks/breaks-transport",
    title="Requests about tasks are answered in a way that the transport does not have",
    requirements=("tasks/tasks-follow-transport",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer every request by application/json or text/event-stream, those about tasks too.",
)
def breaks_transport(seen: TaskLife) -> Verdict:
    """A task changes when a result comes, not how: clients read its messages with the code that reads all others."""
    if seen.created.transport is not Transport.HTTP:
        return not_applicable("the transport is not Streamable HTTP", seen.created)
    asked = (seen.created, seen.before, seen.after, seen.result, seen.cancel, seen.last)
    answered = [one for one in asked if one is not None and one.outcome is Outcome.ANSWERED and one.status is not None]
    for exchange in answered:
        well = exchange.reply is not None and exchange.media_type in {"application/json", _STREAM}
        if (exchange.status or 0) < 400 and not well:
            how = exchange.media_type or "no content type"
            text = f"The server answered {exchange.sent.method} with HTTP {exchange.status} and {how}."
            return failed(text, exchange, subject=f"method:{exchange.sent.method}")
    return passed(*answered) if len(answered) > 1 else not_observed("no request about a task was answered", *answered)


@check(
    task_life,
    id="tasks/progress-under-other-token",
    title="Progress of a task is reported under another token",
    requirements=("progress/task-progress-same-token",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Use the progressToken of the task request as long as the task lives.",
)
def progress_under_other_token(seen: TaskLife) -> Verdict:
    """The token is all that ties progress to the call, which was answered long ago."""
    reports = [(exchange, report) for exchange, report in _reports(seen) if _belongs(seen, exchange, report)]
    for exchange, report in reports:
        if report.get("progressToken") != TASK_PROGRESS:
            text = f"Progress of the task came under the token {report.get('progressToken')!r}, not {TASK_PROGRESS!r}."
            return failed(text, seen.created, exchange, subject=seen.subject)
    shown = [exchange for exchange, _ in reports]
    return passed(*shown) if shown else not_observed("no progress of the task was seen", seen.created)


@check(
    task_life,
    id="tasks/progress-after-end",
    title="Progress is reported for a task that has ended",
    requirements=("progress/task-progress-stops",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Stop progress notifications when the task is completed, failed or cancelled.",
)
def progress_after_end(seen: TaskLife) -> Verdict:
    """Clients forget the token when the task ends. What comes later is for nobody, or for who uses it anew."""
    shown = [exchange for exchange, report in _reports(seen) if report.get("progressToken") == TASK_PROGRESS]
    later = [exchange for exchange in (seen.cancel, seen.last) if exchange is not None and replied(exchange)]
    if not shown or not later:
        return not_observed("no progress of a task that ended was seen", seen.created)
    for exchange in later:
        if any(report.get("progressToken") == TASK_PROGRESS for report in _progress(exchange)):
            return failed("The server reported progress after the end of the task.", exchange, subject=seen.subject)
    return passed(*shown, *later)


@check(
    task_life,
    id="tasks/progress-without-related-task",
    title="Progress of a task does not name the task",
    requirements=("tasks/related-task-meta",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Put io.modelcontextprotocol/related-task into _meta of every notification about a task.",
)
def progress_without_related_task(seen: TaskLife) -> Verdict:
    """A host shows progress beside its task. It knows the task by its id, and only the metadata has it."""
    reports = [
        (exchange, report) for exchange, report in _reports(seen) if report.get("progressToken") == TASK_PROGRESS
    ]
    for exchange, report in reports:
        if related_id(report) != id_of(seen.created):
            text = f"Progress of the task names {related_id(report)!r} as its task."
            return failed(text, seen.created, exchange, subject=seen.subject)
    shown = [exchange for exchange, _ in reports]
    return passed(*shown) if shown else not_observed("no progress of the task was seen", seen.created)


def _reports(seen: TaskLife) -> Iterator[tuple[Exchange, JsonObject]]:
    """Yield the progress that arrived while the task lived."""
    for exchange in (seen.before, seen.result):
        if exchange is not None:
            for report in _progress(exchange):
                yield exchange, report


def _progress(exchange: Exchange) -> Iterator[JsonObject]:
    for notification in exchange.notifications(_PROGRESS):
        params = notification.get("params")
        if isinstance(params, dict):
            yield params


def _belongs(seen: TaskLife, exchange: Exchange, report: JsonObject) -> bool:
    """Whether progress is of the task: it says so, or it came on the HTTP response to a request for its result."""
    return related_id(report) == id_of(seen.created) or exchange.transport is Transport.HTTP
