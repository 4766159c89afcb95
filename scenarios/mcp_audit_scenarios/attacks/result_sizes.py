"""How much a tool returns when it is asked for everything at once."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Outcome,
    Severity,
    failed,
    not_applicable,
    not_observed,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from ..conformance.trials import how, plain_method
from .evidence import passed_if_answered
from .occasions import newest_of_era

_AMOUNT = 1_000_000_000
_LARGE = 4 * 1024 * 1024
"""Bytes of a result; a model reads a few ten thousand."""
_TRIED = 4
_PATIENCE_S = 8.0
_AMOUNTS = re.compile(
    r"(max|min|page|chunk|batch)?_?(limit|count|size|length|results?|items?|rows?|bytes|lines|entries|records)"
    r"|n|num|number|top|top_?k|first|last|take|per_?page|max_?(results?|items?|tokens|length|depth|bytes)",
    re.IGNORECASE,
)
_NUMBERS = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A call that asks for a thousand million of something, twice if it got very much."""

    tool: str
    argument: str
    call: Exchange
    again: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Amounts:
    """Such calls, and an ordinary request after them."""

    calls: tuple[Amount, ...]
    after: Exchange | None


def _asked(probe: Probe) -> Iterator[tuple[str, str, JsonObject]]:
    for tool in probe.callable_tools():
        schema = tool.get("inputSchema")
        properties = schema.get("properties") if isinstance(schema, dict) else None
        for name, inner in properties.items() if isinstance(properties, dict) else ():
            kind = inner.get("type") if isinstance(inner, dict) else None
            if kind in _NUMBERS and _AMOUNTS.fullmatch(name):
                yield str(tool.get("name")), name, {**valid_arguments(schema), name: _AMOUNT}
                break


def size_of(exchange: Exchange) -> int:
    """Return the bytes of a result; for one that went over the bounds of the harness, more than is large."""
    if exchange.outcome is Outcome.TOO_LARGE:
        return _LARGE + 1
    return len(json.dumps(exchange.result)) if exchange.result is not None else 0


@scenario(impact=Impact.INTRUSIVE, needs=(newest_of_era, callable_tool), timeout_s=60.0)
async def amounts(probe: Probe) -> Amounts:
    calls: list[Amount] = []
    for tool, argument, arguments in list(_asked(probe))[:_TRIED]:
        params = {"name": tool, "arguments": arguments}
        call = await probe.request("tools/call", params, timeout=_PATIENCE_S)
        large = size_of(call) > _LARGE
        again = await probe.request("tools/call", params, timeout=_PATIENCE_S) if large else None
        calls.append(Amount(tool, argument, call, again))
    if not calls:
        return Amounts((), None)
    after = await probe.request(plain_method(probe))
    if not any(one.call.answered for one in calls):
        raise Unobservable("no answer came to a call that asks for very much", *(one.call for one in calls), after)
    return Amounts(tuple(calls), after)


@check(
    amounts,
    id="exhaustion/unbounded-result",
    title="A tool returns as much as it is asked for",
    requirements=("exhaustion/bounds-output",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Give the argument a maximum in the schema and in the code, and return the rest on further pages.",
    references=(
        "https://cwe.mitre.org/data/definitions/770.html",
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
    ),
)
def unbounded_result(seen: Amounts) -> Verdicts:
    """Models ask for round numbers, and injected ones for the largest. A result of megabytes fills the memory of the
    server and of the client, and a context that somebody pays for.
    """
    if seen.after is None:
        return not_applicable("no tool that may be called has an argument that says how much to return")
    large = [
        failed(
            f"Asked for {one.argument}={_AMOUNT}, {one.tool} returned {_megabytes(one.call)}, twice.",
            one.call,
            one.again,
            subject=f"tool:{one.tool}",
        )
        for one in seen.calls
        if one.again is not None and min(size_of(one.call), size_of(one.again)) > _LARGE
    ]
    if large:
        return large
    if not seen.after.ok:
        return not_observed(f"after such calls an ordinary request got {how(seen.after)}", seen.after)
    return passed_if_answered(*(one.call for one in seen.calls), seen.after)


def _megabytes(exchange: Exchange) -> str:
    if exchange.outcome is Outcome.TOO_LARGE:
        return "more than the harness reads"
    return f"{size_of(exchange) / 1_000_000:.1f} MB"
