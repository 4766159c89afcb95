"""A token that may do less: how a server says so (page `basic/authorization`, "Scope Challenge Handling").

It takes a second token of the operator's, of a smaller scope. What is tried with it is only what may be called anyway.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, check, feature, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Effort,
    Exchange,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    Verdict,
    failed,
    implemented,
    missing,
    not_observed,
    passed,
    since,
    unseen,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from .challenge import bearer, bearer_guarded, out_of_order, welcomed
from .trials import how

_NONE = "no token of a smaller scope was given; name one with --low-scope-bearer-env VAR"
_TOOLS, _RESOURCES, _ENOUGH = 8, 4, 3
_PATIENCE_S = 3.0
_ABOUT_RIGHTS = re.compile(
    r"scope|permission|forbidden|not allowed|unauthori[sz]ed|not authori[sz]ed|access denied|privilege", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Narrow:
    """One request with the operator's token, and with the one of a smaller scope."""

    name: str
    wide: Exchange
    narrow: Exchange


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The requests that only the operator's token was good for."""

    control: Exchange
    """A request that the token of smaller scope was good for."""
    refused: tuple[Narrow, ...]


@scenario(spec=since("2025-03-26"), transports=HTTP_ONLY, needs=(bearer_guarded,), bench=Bench.AUTHORIZED)
async def narrowed(probe: Probe) -> Narrowed:
    usual, headers = await welcomed(probe), probe.identity("low-scope")
    if headers is None:
        raise Unobservable(_NONE, usual)
    async with probe.session() as own, probe.session(headers=headers) as other:
        control = other.opening or await other.request("server/discover")
        if not control.ok:
            raise Unobservable(f"the token of a smaller scope is answered with {how(control)}", control, usual)
        refused = []
        for name, method, params in _requests(probe):
            narrow = await other.request(method, params, timeout=_PATIENCE_S)
            if not _went_well(narrow) and not out_of_order(narrow):
                wide = await own.request(method, params, timeout=_PATIENCE_S)
                refused.extend([Narrow(name, wide, narrow)] if _is_due_to_scope(wide, narrow) else [])
            if len(refused) == _ENOUGH:
                break
        if not refused:
            raise Unobservable("the token of a smaller scope was good for all that was tried", control)
        return Narrowed(control, tuple(refused))


def _requests(probe: Probe) -> Iterator[tuple[str, str, JsonObject]]:
    for tool in _spread(probe.callable_tools(), _TOOLS):
        params = {"name": str(tool.get("name")), "arguments": valid_arguments(tool.get("inputSchema"))}
        yield f"tool:{tool.get('name')}", "tools/call", params
    for resource in _spread(probe.offer.resources, _RESOURCES):
        yield f"resource:{resource.get('uri')}", "resources/read", {"uri": str(resource.get("uri"))}


def _spread(items: Sequence[JsonObject], most: int) -> list[JsonObject]:
    """Return some items from all over a list: what belongs together often needs the same scope."""
    return [items[index * len(items) // most] for index in range(most)] if len(items) > most else list(items)


def _went_well(exchange: Exchange) -> bool:
    return exchange.ok and exchange.result is not None and exchange.result.get("isError") is not True


def _is_due_to_scope(wide: Exchange, narrow: Exchange) -> bool:
    """Whether only the token can be why a request was refused; 403 is about that alone."""
    if narrow.status == 403:
        return not out_of_order(wide) and wide.status not in {401, 403}
    return _went_well(wide)


@check(
    narrowed,
    id="authorization/scope-refused-without-403",
    title="A token of too small a scope is refused with another status than 403",
    requirements=("authorization/insufficient-scope-403", "authorization/auth-status-codes"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer 403 Forbidden with a challenge where the token is good and its scope too small.",
)
def scope_refused_without_403(seen: Narrowed) -> Verdict:
    """From 403 and its challenge a client knows that its user may agree to more. An error in the result goes to the
    model, which can do nothing about it.
    """
    for attempt in seen.refused:
        if attempt.narrow.status != 403 and (attempt.narrow.status == 401 or _ABOUT_RIGHTS.search(attempt.narrow.body)):
            message = f"The server refused too small a scope with {how(attempt.narrow)}, not with 403."
            return failed(message, attempt.narrow, attempt.wide, seen.control, subject=attempt.name)
    forbidden = [attempt.narrow for attempt in seen.refused if attempt.narrow.status == 403]
    if forbidden:
        return passed(*forbidden, seen.control)
    return not_observed("no refusal said that it was about rights", *[attempt.narrow for attempt in seen.refused])


def _lack(exchange: Exchange) -> str:
    """Return what the challenge of a 403 lacks, as a noun phrase; empty if nothing."""
    challenge = bearer(exchange)
    if challenge is None:
        return "a Bearer challenge"
    if challenge.parameters.get("error") != "insufficient_scope":
        return "the error insufficient_scope"
    absent = [name for name in ("scope", "resource_metadata") if not challenge.parameters.get(name)]
    return f"the parameter {absent[0]}" if absent else ""


@check(
    narrowed,
    id="authorization/scope-challenge-incomplete",
    title="A 403 does not say which scopes are needed",
    requirements=("authorization/insufficient-scope-403", "authorization/insufficient-scope-lists-scopes"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation='Send `WWW-Authenticate: Bearer error="insufficient_scope", scope="…", resource_metadata="…"`.',
)
def scope_challenge_incomplete(seen: Narrowed) -> Verdict:
    """A client steps up by asking its user for the scopes that the challenge names. If it names none, the way ends
    there.
    """
    forbidden = [attempt for attempt in seen.refused if attempt.narrow.status == 403]
    for attempt in forbidden:
        if lack := _lack(attempt.narrow):
            message = f"The 403 for too small a scope lacks {lack}."
            return failed(message, attempt.narrow, attempt.wide, subject=attempt.name)
    evidence = [attempt.narrow for attempt in forbidden]
    return passed(*evidence) if evidence else not_observed("nothing was refused with 403", seen.control)


@feature(
    narrowed,
    id="authorization/step-up",
    title="Scopes asked for step by step",
    since="2025-11-25",
    page="basic/authorization#scope-challenge-handling",
    priority=Priority.MEDIUM,
    effort=Effort.MEDIUM,
    remediation="Ask for the scopes of a call when it is made: 403 with a challenge that names them.",
)
def step_up(seen: Narrowed) -> Sighting:
    """With it a client begins with few rights, and asks its user for more when they are needed."""
    forbidden = [attempt.narrow for attempt in seen.refused if attempt.narrow.status == 403]
    if complete := [exchange for exchange in forbidden if not _lack(exchange)]:
        return implemented("a 403 names the scopes that are needed", *complete)
    if forbidden:
        return missing("a 403 does not name the scopes that are needed", *forbidden)
    return unseen("nothing was refused with 403")
