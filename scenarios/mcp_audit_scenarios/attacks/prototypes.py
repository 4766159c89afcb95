"""Arguments named after the inner objects of JavaScript: what they leave behind for later requests."""

import json
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Exchange, Impact, JsonObject, Severity, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from .occasions import newest_only
from .tries import PATIENCE_S, is_slow, succeeded, text

_MOST = 3


@dataclass(frozen=True, slots=True)
class Polluting:
    """A tool called plainly, with members of odd names, and plainly again in a session of its own."""

    subject: str
    marker: str
    control: Exchange
    polluting: tuple[Exchange, ...]
    afterwards: Exchange
    listing: Exchange


@dataclass(frozen=True, slots=True)
class Pollutions:
    """Every tool that was tried."""

    tools: tuple[Polluting, ...]


@scenario(needs=(callable_tool, newest_only), impact=Impact.INTRUSIVE, timeout_s=30.0)
async def pollutions(probe: Probe) -> Pollutions:
    """What works stays until the server starts anew, so this is for operators who allow changes."""
    found: list[Polluting] = []
    for tool in probe.callable_tools():
        plain = valid_arguments(tool.get("inputSchema"))
        control = await _call(probe, tool, plain)
        if succeeded(control) and not is_slow(control) and len(found) < _MOST:
            found.append(await _pollute(probe, tool, plain, control))
    return Pollutions(tuple(found))


async def _pollute(probe: Probe, tool: JsonObject, plain: JsonObject, control: Exchange) -> Polluting:
    marker = f"zq{probe.rng.randrange(10**6, 10**7)}"
    inner: JsonObject = {marker: marker}
    forms: tuple[JsonObject, ...] = (
        {"__proto__": inner},
        {"constructor": {"prototype": inner}},
        {"__proto__.mcp_audit": marker},
    )
    polluting = tuple([await _call(probe, tool, {**plain, **form}) for form in forms])
    async with probe.session() as session:
        params = {"name": tool["name"], "arguments": plain}
        afterwards = await session.request("tools/call", params, timeout=PATIENCE_S)
        listing = await session.request("tools/list")
    return Polluting(f"tool:{tool['name']}", marker, control, polluting, afterwards, listing)


async def _call(probe: Probe, tool: JsonObject, arguments: Any) -> Exchange:
    params = {"name": tool["name"], "arguments": arguments}
    return await probe.request("tools/call", json.loads(json.dumps(params)), timeout=PATIENCE_S)


@check(
    pollutions,
    id="arguments/pollutes-prototypes",
    title="Member named __proto__ changes later answers",
    requirements=("arguments/no-prototype-pollution",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Copy declared members only; refuse __proto__, constructor and prototype as names.",
    references=("https://cwe.mitre.org/data/definitions/1321.html",),
)
def pollutes_prototypes(seen: Pollutions) -> Verdicts:
    """A careless copy of a JSON object writes its `__proto__` into what all objects share. From then on every client's
    requests have members that one client chose. Proof is a random marker in the answer to a plain call of another
    session, where it was not before.
    """
    failures = []
    for one in seen.tools:
        later = [answer for answer in (one.afterwards, one.listing) if one.marker in text(answer)]
        if later and one.marker not in text(one.control):
            message = "A plain call of another session brings the marker of an earlier request's __proto__."
            failures.append(failed(message, *one.polluting, *later, one.control, subject=one.subject))
    answered = [one.afterwards for one in seen.tools if one.afterwards.answered]
    nothing = "no tool gave a result for the plainest arguments; allow more with --call all or --tool NAME"
    return failures or (passed(*answered) if answered else not_observed(nothing))
