"""What scenarios about tasks share: which tools may be tasks, how one is begun, and what an answer says of it.

Tasks are of revision 2025-11-25 only (page `basic/utilities/tasks`); later they are an extension.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from mcp_audit_harness.model import Exchange, JsonObject, Verdict, not_applicable, not_observed, since
from mcp_audit_harness.probe import Probe, Session

from ..arguments import valid_arguments

TASKS: Final = since("2025-11-25").before("2026-07-28")
OFFERED: Final = "tasks.requests.tools.call"
RELATED: Final = "io.modelcontextprotocol/related-task"
STATUS: Final = "notifications/tasks/status"
TERMINAL: Final = frozenset({"completed", "failed", "cancelled"})
TTL_MS: Final = 60_000
SLOW: Final = "test_task_slow"
"""The fixture that works as long as it is told."""
CREATION_S: Final = 5.0
"""How long the answer to a task request may take; it ought to come at once."""

Asks: TypeAlias = Probe | Session


def support_of(tool: JsonObject) -> str:
    """Return what a tool says of being called as a task: required, optional, or forbidden (also by silence)."""
    execution = tool.get("execution")
    said = execution.get("taskSupport") if isinstance(execution, dict) else None
    return said if said in {"required", "optional"} else "forbidden"


def task_tools(probe: Probe, *preferred: str) -> tuple[JsonObject, ...]:
    """Return the tools that may be called, and as tasks; known fixtures first, then the optional ones."""
    found = [tool for tool in probe.callable_tools() if support_of(tool) != "forbidden"]
    ranks = {name: rank for rank, name in enumerate(preferred)}
    return tuple(sorted(found, key=lambda tool: (ranks.get(tool.get("name", ""), len(ranks)), support_of(tool))))


def task_tool(probe: Probe) -> Verdict | None:
    """Need a tool that may be called as a task, on a server that takes task requests."""
    if not probe.offer.declares(OFFERED):
        return not_applicable(f"the server does not declare {OFFERED}")
    if not any(support_of(tool) != "forbidden" for tool in probe.offer.tools):
        return not_applicable("no listed tool may be called as a task")
    if not task_tools(probe):
        return not_observed("no tool that may be called can be a task; allow more with --call all or --tool NAME")
    return None


def _arguments(tool: JsonObject, seconds: float | None) -> JsonObject:
    plain = valid_arguments(tool.get("inputSchema"))
    return {**plain, "seconds": seconds} if seconds is not None and tool.get("name") == SLOW else plain


async def begin(
    asks: Asks,
    tool: JsonObject,
    *,
    seconds: float | None = None,
    more: Mapping[str, Any] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Exchange:
    """Call a tool as a task with plain arguments; `more` are further members of the task metadata.

    `seconds` is how long the known slow fixture is to work; of other tools nobody knows how to tell them.
    """
    params = {"name": tool["name"], "arguments": _arguments(tool, seconds), "task": {"ttl": TTL_MS, **(more or {})}}
    return await asks.request("tools/call", params, meta=meta, timeout=CREATION_S)


async def call(
    asks: Asks,
    tool: JsonObject,
    *,
    seconds: float | None = None,
    meta: Mapping[str, Any] | None = None,
    timeout: float = CREATION_S,
) -> Exchange:
    """Call a tool plainly, as `begin` calls it."""
    params = {"name": tool["name"], "arguments": _arguments(tool, seconds)}
    return await asks.request("tools/call", params, meta=meta, timeout=timeout)


async def stop(asks: Asks, task_id: str) -> None:
    """Cancel a task that is no longer needed; a refusal does not matter."""
    await asks.request("tasks/cancel", {"taskId": task_id}, timeout=CREATION_S)


def task_of(exchange: Exchange | None) -> JsonObject | None:
    """Return the task that an answer describes: the result of a task operation, or the `task` in it."""
    result = exchange.result if exchange is not None else None
    if result is None:
        return None
    inner = result.get("task")
    task = inner if isinstance(inner, dict) else result
    return task if "taskId" in task else None


def id_of(exchange: Exchange | None) -> str | None:
    """Return the id of the task that an answer describes, if it is usable."""
    found = (task_of(exchange) or {}).get("taskId")
    return found if isinstance(found, str) and found else None


def status_of(exchange: Exchange | None) -> str | None:
    """Return the status of the task that an answer describes."""
    found = (task_of(exchange) or {}).get("status")
    return found if isinstance(found, str) else None


def replied(exchange: Exchange) -> bool:
    """Whether the request itself was answered; on lines other messages may have arrived while nothing answered it."""
    return exchange.reply is not None or exchange.refused


def ended(exchange: Exchange | None) -> bool:
    """Whether an answer says that the task has ended."""
    return status_of(exchange) in TERMINAL


def related_id(message: JsonObject) -> object:
    """Return the task that params or a result name in their related-task metadata; None where they name none."""
    meta = message.get("_meta")
    related = meta.get(RELATED) if isinstance(meta, dict) else None
    return related.get("taskId") if isinstance(related, dict) else None
