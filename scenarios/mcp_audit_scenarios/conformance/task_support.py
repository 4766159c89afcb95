"""Who may be called as a task: what the server declares, and what each tool says (page `basic/utilities/tasks`)."""

from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
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

from .task_calls import OFFERED, TASKS, begin, call, ended, id_of, replied, status_of, stop, support_of, task_of
from .trials import how

_METHOD_NOT_FOUND: Final = -32601
_TASK_REQUIRED: Final = -32600
"""The page allows this code, too, for calls that are not augmented but have to be."""
_MOST_TOOLS: Final = 5
_MOST_TRIALS: Final = 2


def _takes_no_tasks(probe: Probe) -> Verdict | None:
    return not_applicable(f"the server declares {OFFERED}") if probe.offer.declares(OFFERED) else None


def _takes_tasks(probe: Probe) -> Verdict | None:
    return None if probe.offer.declares(OFFERED) else not_applicable(f"the server does not declare {OFFERED}")


def _succeeded(exchange: Exchange) -> bool:
    return exchange.result is not None and exchange.result.get("isError") is not True


@dataclass(frozen=True, slots=True)
class TaskMetadata:
    """A tool of a server without tasks, called with task metadata, and plainly before and after."""

    tool: str
    before: Exchange
    augmented: Exchange
    after: Exchange


@scenario(spec=TASKS, needs=(_takes_no_tasks, callable_tool), timeout_s=30.0)
async def task_metadata(probe: Probe) -> TaskMetadata:
    for tool in probe.callable_tools()[:_MOST_TOOLS]:
        before = await call(probe, tool)
        if _succeeded(before):
            augmented = await begin(probe, tool)
            return TaskMetadata(str(tool["name"]), before, augmented, await call(probe, tool))
    raise Unobservable("no call succeeded with the plain arguments that the harness makes from the schemas")


@check(
    task_metadata,
    id="tasks/creates-undeclared-task",
    title="A server that declares no tasks creates one",
    requirements=("tasks/declare-tasks",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Declare tasks.requests.tools.call in the capabilities, or ignore the member task of a request.",
)
def creates_undeclared_task(seen: TaskMetadata) -> Verdict:
    """Clients decide by the capability whether to use tasks. What is not declared is never used by those who care, and
    a surprise for the others.
    """
    if not replied(seen.augmented) or not seen.augmented.answered:
        return not_observed("the call with task metadata was not answered", seen.before, seen.augmented)
    result = seen.augmented.result or {}
    if isinstance(result.get("task"), dict) and "content" not in result:
        text = f"The server does not declare {OFFERED}, and created a task."
        return failed(text, seen.before, seen.augmented, subject=f"tool:{seen.tool}")
    return passed(seen.before, seen.augmented)


@check(
    task_metadata,
    id="tasks/refuses-task-metadata",
    title="A server without tasks refuses a request because of its task metadata",
    requirements=("tasks/ignore-task-metadata",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Ignore the member task of a request where you do not declare the capability for it.",
)
def refuses_task_metadata(seen: TaskMetadata) -> Verdict:
    """A client may add the metadata to every call. A server that knows no tasks has to do the work as if nothing had
    been said.
    """
    if not replied(seen.augmented) or not _succeeded(seen.after):
        return not_observed("the call was not answered, or failed without task metadata, too", *_all(seen))
    result = seen.augmented.result
    if result is not None and isinstance(result.get("task"), dict) and "content" not in result:
        return not_observed("the server created a task all the same", *_all(seen))
    if not _succeeded(seen.augmented):
        what = how(seen.augmented) if result is None else "a result that is an error"
        text = f"With task metadata the call is answered with {what}, without it the call succeeds."
        return failed(text, *_all(seen), subject=f"tool:{seen.tool}")
    return passed(*_all(seen))


def _all(seen: TaskMetadata) -> tuple[Exchange, Exchange, Exchange]:
    return seen.before, seen.augmented, seen.after


@dataclass(frozen=True, slots=True)
class WrongCall:
    """A tool, called in the way that it does not allow, and as it wants."""

    tool: str
    wrong: Exchange
    control: Exchange


@dataclass(frozen=True, slots=True)
class WrongCalls:
    """Some tools of each kind."""

    required: tuple[WrongCall, ...]
    """Tools that have to be tasks, called plainly."""
    forbidden: tuple[WrongCall, ...]
    """Tools that must not be tasks, called as such."""


@scenario(spec=TASKS, needs=(_takes_tasks, callable_tool), timeout_s=40.0, bench=Bench.DIAGNOSTICS)
async def wrong_calls(probe: Probe) -> WrongCalls:
    tools = probe.callable_tools()
    required = [tool for tool in tools if _said(tool) == "required"][:_MOST_TRIALS]
    forbidden = [tool for tool in tools if support_of(tool) == "forbidden"]
    explicit = sorted(forbidden, key=lambda tool: _said(tool) != "forbidden")[:_MOST_TOOLS]
    plain = [WrongCall(str(tool["name"]), await call(probe, tool), await _begun(probe, tool)) for tool in required]
    augmented: list[WrongCall] = []
    for tool in explicit:
        control = await call(probe, tool)
        if control.ok and len(augmented) < _MOST_TRIALS:
            augmented.append(WrongCall(str(tool["name"]), await _begun(probe, tool), control))
    return WrongCalls(tuple(plain), tuple(augmented))


def _said(tool: JsonObject) -> object:
    execution = tool.get("execution")
    return execution.get("taskSupport") if isinstance(execution, dict) else None


async def _begun(probe: Probe, tool: JsonObject) -> Exchange:
    """Call a tool as a task, and cancel the task if there is one that works."""
    created = await begin(probe, tool)
    task_id = id_of(created)
    if task_id is not None and status_of(created) is not None and not ended(created):
        await stop(probe, task_id)
    return created


@check(
    wrong_calls,
    id="tasks/required-tool-without-task",
    title="A tool that has to be a task is served as a plain call",
    requirements=("tasks/task-required-32601",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse plain calls of tools with taskSupport required with -32601.",
)
def required_tool_without_task(seen: WrongCalls) -> Verdicts:
    """The tool says that it takes longer than a request may; a plain call of it ends in a timeout.

    The page names -32601 for such calls in one place and allows -32600 in another; both are accepted.
    """
    if not seen.required:
        return not_applicable("no tool that may be called has taskSupport required")
    return _refused(seen.required, frozenset({_METHOD_NOT_FOUND, _TASK_REQUIRED}), "without a task")


@check(
    wrong_calls,
    id="tasks/forbidden-tool-as-task",
    title="A call as a task of a tool that must not be one is not refused with -32601",
    requirements=("tasks/task-forbidden-32601",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse task requests for tools without taskSupport, or with forbidden, with -32601.",
)
def forbidden_tool_as_task(seen: WrongCalls) -> Verdicts:
    """A client that asks for a task waits for one. A plain result in its place is not what it looks for."""
    if not seen.forbidden:
        return not_observed("no tool that may not be a task answered a plain call")
    return _refused(seen.forbidden, frozenset({_METHOD_NOT_FOUND}), "as a task")


def _refused(calls: tuple[WrongCall, ...], codes: frozenset[int], manner: str) -> Verdicts:
    judged = [one for one in calls if one.wrong.reply is not None and one.control.ok]
    failures = [
        failed(
            f"The call of {one.tool} {manner} was answered with {_answer(one.wrong)}, not with {_METHOD_NOT_FOUND}.",
            one.wrong,
            one.control,
            subject=f"tool:{one.tool}",
        )
        for one in judged
        if one.wrong.error_code not in codes
    ]
    if failures:
        return failures
    if not judged:
        return not_observed("the tools did not answer, or not in the way that they want to be called, either")
    return passed(*(exchange for one in judged for exchange in (one.wrong, one.control)))


def _answer(exchange: Exchange) -> str:
    result = exchange.result or {}
    if "task" in result and task_of(exchange) is not None:
        return "a task"
    return "a result whose isError is true" if result.get("isError") is True else how(exchange)
