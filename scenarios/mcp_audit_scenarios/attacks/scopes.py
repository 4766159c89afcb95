"""Rights before arguments: a token that may do less calls tools that change things, with wrong arguments.

Nothing can happen: a server that looks at rights first says 403, one that does not complains of the arguments.
It takes a token of a smaller scope; only tools that the operator consents to call are called.
"""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Probe

from ..arguments import incomplete_arguments, invalid_arguments
from ..conformance.challenge import bearer_guarded, out_of_order
from ..conformance.trials import code_of
from .occasions import newest_of_era

_NONE = "no token of a smaller scope was given; name one with --low-scope-bearer-env VAR"
_FEW = "fewer than two tools that say that they change things may be called with arguments; allow more with --call all"
_MOST, _FEWEST = 6, 2
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Attempted:
    """One call with wrong arguments, by the operator and by the token of smaller scope."""

    tool: str
    wide: Exchange
    narrow: Exchange


@dataclass(frozen=True, slots=True)
class ChangingTools:
    """Calls of tools that change things."""

    calls: tuple[Attempted, ...]


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded, newest_of_era),
    bench=Bench.AUTHORIZED,
)
async def changing_tools(probe: Probe) -> ChangingTools:
    headers = probe.identity("low-scope")
    if headers is None:
        raise Unobservable(_NONE)
    wrong = [(tool, _wrong(tool)) for tool in probe.callable_tools() if _changes(tool)]
    usable = [(tool, arguments) for tool, arguments in wrong if arguments is not None][:_MOST]
    if len(usable) < _FEWEST:
        raise Unobservable(_FEW)
    async with probe.session() as own, probe.session(headers=headers) as other:
        if not (own.usable and other.usable):
            raise Unobservable("no session could be opened with both tokens")
        calls = []
        for tool, arguments in usable:
            params = {"name": tool.get("name"), "arguments": arguments}
            wide = await own.request("tools/call", params, timeout=_PATIENCE_S)
            narrow = await other.request("tools/call", params, timeout=_PATIENCE_S)
            calls.append(Attempted(str(tool.get("name")), wide, narrow))
    return ChangingTools(tuple(calls))


def _changes(tool: JsonObject) -> bool:
    """Whether a tool says that it changes things; of one that says nothing, nobody knows."""
    annotations = tool.get("annotations")
    hints: JsonObject = annotations if isinstance(annotations, dict) else {}
    return hints.get("readOnlyHint") is False or hints.get("destructiveHint") is True


def _wrong(tool: JsonObject) -> JsonObject | None:
    schema = tool.get("inputSchema")
    return invalid_arguments(schema) or incomplete_arguments(schema)


def _found_wrong(exchange: Exchange) -> bool:
    """Whether the arguments were refused, and not the caller."""
    if exchange.status in {401, 403} or out_of_order(exchange):
        return False
    is_error = exchange.result is not None and exchange.result.get("isError") is True
    return is_error or code_of(exchange) == -32602


@check(
    changing_tools,
    id="principals/scope-not-enforced",
    title="Arguments are looked at before rights",
    requirements=("principals/rights-before-arguments",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Compare the scopes of the token with those that the tool needs before anything else of the call.",
    references=("https://cwe.mitre.org/data/definitions/863.html", "https://cwe.mitre.org/data/definitions/696.html"),
)
def scope_not_enforced(seen: ChangingTools) -> Verdict:
    """A token of smaller scope reaches the arguments of every tool that changes things, as the operator's does. Then
    the scope is either not looked at, or too late. Not judged by one tool alone, which a small scope may well cover:
    likely.
    """
    judged = [call for call in seen.calls if _found_wrong(call.wide)]
    reached = [call for call in judged if _found_wrong(call.narrow) and code_of(call.narrow) == code_of(call.wide)]
    if len(judged) >= _FEWEST and len(reached) == len(judged):
        names = ", ".join(call.tool[:60] for call in reached)
        evidence = [exchange for call in reached for exchange in (call.narrow, call.wide)]
        return failed(f"None of {names} refuses a token of smaller scope before it looks at the arguments.", *evidence)
    refused = [call for call in judged if call.narrow.status in {401, 403}]
    if refused:
        return passed(*(exchange for call in refused for exchange in (call.narrow, call.wide)))
    return not_observed("too few calls with wrong arguments were answered", *(call.narrow for call in seen.calls))
