"""What a person declined, and was done all the same: looked for in what the server shows, not in what it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Exchange, Impact, JsonObject, Severity, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from ..conformance.asking import NOBODY_ASKED, Client, Desk, candidates, desk
from ..conformance.client_replies import ACCEPT, CANCEL, DECLINE
from .occasions import newest_of_era

_MOST_TRIED, _MOST_ASKERS, _MOST_READS, _MOST_TOOLS = 12, 2, 2, 2
_LISTS: Final = (("tools", "tools/list"), ("prompts", "prompts/list"), ("resources", "resources/list"))
_PATIENCE_S: Final = 2.0
_ASKS: Final = re.compile(r"elicit|\bask|confirm|approv|consent", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class State:
    """What the server shows at one time: lists, resources, and what tools say that only read."""

    parts: tuple[Exchange, ...]

    def differs(self, other: "State") -> frozenset[int]:
        """Return the places of the parts that are not the same; nothing where one of them was not answered."""
        pairs = enumerate(zip(self.parts, other.parts, strict=False))
        return frozenset(at for at, (one, two) in pairs if one.ok and two.ok and _shown(one) != _shown(two))


def _shown(part: Exchange) -> str:
    plain = {name: value for name, value in (part.result or {}).items() if name not in {"_meta", "ttlMs"}}
    return json.dumps(plain, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Declined:
    """One tool that asks, and what the server showed around a call of it."""

    tool: str
    manner: str
    before: State
    steady: State
    """Again before the call: what differs here changes by itself."""
    call: Exchange
    after: State
    settled: State
    """Again after the call."""
    accepted: Exchange
    agreed: State
    """After a call that was agreed to: the control."""

    def changed(self, first: State, second: State) -> frozenset[int]:
        """Return the parts that differ between two states, and neither before the call nor after it by themselves."""
        by_itself = self.before.differs(self.steady) | self.after.differs(self.settled)
        return first.differs(second) - by_itself


@dataclass(frozen=True, slots=True)
class DeclinedCalls:
    """Tools that asked, each declined and each cancelled."""

    calls: tuple[Declined, ...]


@scenario(
    needs=(newest_of_era, callable_tool),
    impact=Impact.INTRUSIVE,
    alone=True,
    timeout_s=60.0,
    bench=Bench.DIAGNOSTICS,
)
async def declined_calls(probe: Probe) -> DeclinedCalls:
    """Call tools that ask, say no, look what has changed; then say yes, to know whether a change would show."""
    found: list[Declined] = []
    async with desk(probe, Client()) as full:
        for tool in sorted(candidates(probe), key=_unlikely)[:_MOST_TRIED]:
            if len(found) == 2 * _MOST_ASKERS:
                break
            if not (await full.call(tool, DECLINE)).asked("form"):
                continue
            before = await _state(probe, full)
            steady = await _state(probe, full)
            no = await full.call(tool, DECLINE)
            after, settled = await _state(probe, full), await _state(probe, full)
            never = await full.call(tool, CANCEL)
            left, calm = await _state(probe, full), await _state(probe, full)
            yes = await full.call(tool, ACCEPT)
            agreed = await _state(probe, full)
            name = str(tool["name"])
            found.append(Declined(name, DECLINE, before, steady, no.end, after, settled, yes.end, agreed))
            found.append(Declined(name, CANCEL, after, settled, never.end, left, calm, yes.end, agreed))
    if not found:
        raise Unobservable(NOBODY_ASKED.format("a form"))
    return DeclinedCalls(tuple(found))


def _unlikely(tool: JsonObject) -> bool:
    return _ASKS.search(f"{tool.get('name')} {tool.get('description')}") is None


async def _state(probe: Probe, full: Desk) -> State:
    requests = [(method, None) for capability, method in _LISTS if probe.offer.declares(capability)]
    asked = [*requests, *_reads(probe)]
    return State(tuple([await full.caller.request(method, params, timeout=_PATIENCE_S) for method, params in asked]))


def _reads(probe: Probe) -> Iterator[tuple[str, JsonObject]]:
    for resource in probe.offer.resources[:_MOST_READS]:
        yield "resources/read", {"uri": resource.get("uri")}
    quiet = [tool for tool in probe.callable_tools() if _only_lists(tool)]
    for tool in quiet[:_MOST_TOOLS]:
        yield "tools/call", {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}


def _only_lists(tool: JsonObject) -> bool:
    hints = tool.get("annotations")
    reads = isinstance(hints, dict) and hints.get("readOnlyHint") is True
    return reads and any(word in str(tool.get("name")) for word in ("list", "get", "status"))


@check(
    declined_calls,
    id="elicitation/acts-after-decline",
    title="What a person declined is done",
    requirements=("elicitation/no-effect-without-consent",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Do the work only after the answer accept; on decline and cancel leave everything as it was.",
    references=("https://cwe.mitre.org/data/definitions/862.html",),
)
def acts_after_decline(seen: DeclinedCalls) -> Verdicts:
    """A tool can say that it was declined, and have done it. So lists, resources and what other tools say are compared
    before and after. What changes by itself is left out, and a tool of which not even a yes shows is not judged.
    """
    failures = [
        failed(
            f"after {call.manner} the server shows something else in answer to {part.sent.method}",
            part,
            call.before.parts[at],
            call.call,
            subject=f"tool:{call.tool}",
        )
        for call in seen.calls
        for at in sorted(call.changed(call.before, call.after))[:1]
        for part in (call.after.parts[at],)
    ]
    if failures:
        return failures
    shown = [call for call in seen.calls if call.changed(call.settled, call.agreed)]
    answered = [one for call in shown for one in (call.call, call.accepted) if one.answered]
    if answered:
        return passed(*answered)
    return not_observed("of no tool that asks a yes has an effect that shows", *(call.call for call in seen.calls))
