"""Several tasks: their ids, the list of them, and ids and cursors that name nothing (page `basic/utilities/tasks`)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .sessions import varying_bits
from .task_calls import TASKS, begin, id_of, stop, task_of, task_tool, task_tools

_TASKS = 8
_FEWEST = 5
_ENOUGH_BITS = 64
_MOST_PAGES = 20
_FIXTURES = ("test_task_required",)
_RESULT_S = 3.0


@dataclass(frozen=True, slots=True)
class SeveralTasks:
    """Tasks of one tool, and where they are listed."""

    created: tuple[Exchange, ...]
    wanted_id: str
    adopting: Exchange
    """A task request that brings an id of its own."""
    pages: tuple[Exchange, ...]
    """Empty where tasks cannot be listed."""
    whole: bool
    """Whether the last page was reached."""
    unlisted: tuple[Exchange, ...]
    """tasks/get of those that no page has."""
    bound: bool
    """Whether the server knows who asks: then ids need not be secret."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the tasks, in order."""
        return tuple(name for name in map(id_of, self.created) if name is not None)


@scenario(spec=TASKS, needs=(task_tool,), timeout_s=40.0, bench=Bench.DIAGNOSTICS)
async def several_tasks(probe: Probe) -> SeveralTasks:
    """Begin some tasks and list them; those that still run are cancelled."""
    tool = task_tools(probe, *_FIXTURES)[0]
    created = [await begin(probe, tool) for _ in range(_TASKS)]
    wanted = f"mcp-audit-{probe.rng.getrandbits(64):016x}"
    adopting = await begin(probe, tool, more={"taskId": wanted})
    ids = [name for name in map(id_of, created) if name is not None]
    pages, whole = await _listed(probe) if probe.offer.declares("tasks.list") else ((), True)
    on_pages = {name for page in pages for name in names_on(page)}
    absent = [name for name in ids if name not in on_pages] if pages else []
    unlisted = [await probe.request("tasks/get", {"taskId": name}) for name in absent]
    for name in dict.fromkeys([*ids, id_of(adopting) or wanted]):
        await stop(probe, name)
    bound = probe.survey.auth.required
    return SeveralTasks(tuple(created), wanted, adopting, pages, whole, tuple(unlisted), bound)


async def _listed(probe: Probe) -> tuple[tuple[Exchange, ...], bool]:
    pages: list[Exchange] = []
    params: dict[str, str] = {}
    while len(pages) < _MOST_PAGES:
        page = await probe.request("tasks/list", params)
        pages.append(page)
        cursor = (page.result or {}).get("nextCursor")
        if not isinstance(cursor, str):
            return tuple(pages), page.ok
        params = {"cursor": cursor}
    return tuple(pages), False


def names_on(page: Exchange) -> frozenset[str]:
    """Return the ids of the tasks on one page."""
    tasks = (page.result or {}).get("tasks")
    found = (task.get("taskId") for task in tasks if isinstance(task, dict)) if isinstance(tasks, list) else ()
    return frozenset(name for name in found if isinstance(name, str))


@check(
    several_tasks,
    id="tasks/id-repeats",
    title="Two tasks have the same id",
    requirements=("tasks/task-id-unique",),
    severity=Severity.HIGH,
    category=Category.CONFORMANCE,
    remediation="Draw a new id for every task.",
)
def id_repeats(seen: SeveralTasks) -> Verdict:
    """Who asks for the one gets the state, and the result, of the other."""
    for name in seen.ids:
        shown = [exchange for exchange in seen.created if id_of(exchange) == name]
        if len(shown) > 1:
            return failed(f"{len(shown)} tasks have the id {name!r}.", *shown)
    return passed(*seen.created) if len(seen.ids) > 1 else not_observed("fewer than two tasks were created")


@check(
    several_tasks,
    id="tasks/id-guessable",
    title="Task ids can be guessed",
    requirements=("tasks/task-id-entropy",),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Use at least 128 bits of a secure random generator, such as a UUID of version 4.",
    references=("https://cwe.mitre.org/data/definitions/330.html",),
)
def id_guessable(seen: SeveralTasks) -> Verdict:
    """Where a server does not know who asks, the id is all that protects a task and its result.

    The estimate is that of session ids: places at which the ids differ count with all that they can carry.
    """
    distinct = tuple(dict.fromkeys(seen.ids))
    if seen.bound:
        return not_applicable("the server knows who asks, so that ids need not be secret", *seen.created)
    if len(distinct) < _FEWEST:
        return not_observed(f"only {len(distinct)} tasks with different ids were created", *seen.created)
    bits = varying_bits(distinct)
    if bits < _ENOUGH_BITS:
        return failed(
            f"Among {len(distinct)} task ids, such as {distinct[0]!r}, at most {bits:.0f} bits differ.", *seen.created
        )
    return passed(*seen.created)


@check(
    several_tasks,
    id="tasks/adopts-client-id",
    title="A client can choose the id of its task",
    requirements=("tasks/task-id-by-receiver",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Make up task ids yourself; ignore whatever the request brings.",
)
def adopts_client_id(seen: SeveralTasks) -> Verdict:
    """Whoever chooses the id can choose that of somebody else's task, and one that others will guess."""
    name = id_of(seen.adopting)
    if name is None:
        return not_observed("no task was created for a request that brings an id", seen.adopting)
    if name == seen.wanted_id:
        return failed("The server took the task id from the request.", seen.adopting)
    return passed(seen.adopting)


@check(
    several_tasks,
    id="tasks/list-incomplete",
    title="The list of tasks lacks tasks that can be asked for",
    requirements=("tasks/task-list-complete", "tasks/task-list-next-cursor"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="List every task that tasks/get finds, and send nextCursor as long as there are more.",
)
def list_incomplete(seen: SeveralTasks) -> Verdict:
    """A client that lost an id finds its task in the list, or not at all. A page without nextCursor is the last one."""
    if not seen.pages:
        return not_applicable("the server does not declare tasks.list", *seen.created)
    if not seen.whole or not seen.ids:
        return not_observed("the list could not be read to its end, or no task was created", *seen.pages)
    missing = [exchange for exchange in seen.unlisted if exchange.ok and task_of(exchange) is not None]
    if missing:
        text = f"{len(missing)} of {len(seen.ids)} tasks are on no page of tasks/list, and tasks/get finds them."
        return failed(text, *seen.pages, missing[0])
    return passed(*seen.pages)
