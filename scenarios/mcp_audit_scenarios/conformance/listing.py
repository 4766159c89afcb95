"""Lists of the stateless era: the same order, the same items, on every connection (2026-07-28, server/tools)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import check, listed, scenario
from mcp_audit_harness.model import (
    STATELESS,
    Category,
    Exchange,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class ToolLists:
    """The first page of tools, asked for several times."""

    answers: tuple[Exchange, ...]

    def names(self) -> list[list[str]]:
        """Return the names in each answer; answers without a list are left out."""
        return [
            [str(tool.get("name")) for tool in answer.result["tools"] if isinstance(tool, dict)]
            for answer in self.answers
            if answer.result is not None and isinstance(answer.result.get("tools"), list)
        ]


@scenario(spec=STATELESS, needs=(listed("tools"),))
async def tool_lists(probe: Probe) -> ToolLists:
    return ToolLists(tuple([await probe.request("tools/list") for _ in range(_ROUNDS)]))


@check(
    tool_lists,
    id="tools/order-changes",
    title="Tools are listed in another order each time",
    requirements=("tools/deterministic-tool-order",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Sort the list, or keep the order of registration.",
)
def order_changes(seen: ToolLists) -> Verdict:
    """The list goes into the model's prompt; each new order throws its cache away, and costs."""
    lists = seen.names()
    if len(lists) < _ROUNDS:
        return not_observed("tools/list gave no list each time", *seen.answers)
    if any(sorted(names) == sorted(lists[0]) and names != lists[0] for names in lists):
        return failed("the same tools came in another order", *seen.answers)
    return passed(*seen.answers)


@check(
    tool_lists,
    id="tools/set-changes",
    title="The set of tools changes from request to request",
    requirements=("tools/lists-not-per-connection",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="List the same tools to every request of the same caller.",
)
def set_changes(seen: ToolLists) -> Verdict:
    """What a person approved in one list is not what the model calls from the next."""
    lists = seen.names()
    if len(lists) < _ROUNDS:
        return not_observed("tools/list gave no list each time", *seen.answers)
    different = next((names for names in lists if sorted(names) != sorted(lists[0])), None)
    if different is not None:
        changed = sorted(set(different) ^ set(lists[0]))
        return failed(f"tools came or went between two requests: {', '.join(changed[:5])}", *seen.answers)
    return passed(*seen.answers)
