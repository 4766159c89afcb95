"""Two users of one server: what belongs to one of them may not reach the other.

It takes a token of another user, which the operator gives. Sources: Security Best Practices, "Session Hijacking"; page
`server/utilities/caching` of 2026-07-28.
"""

from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    HTTP_ONLY,
    STATELESS,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Headers, Probe

from .challenge import guarded, let_in, opening, out_of_order, welcomed
from .trials import how

_NONE = "no token of another user was given; name one with --second-bearer-env VAR"


async def somebody_else(probe: Probe) -> tuple[Exchange, Headers]:
    """Return how the other user's own opening went, and the headers that speak for them.

    Raises:
        Unobservable: without a token of theirs, or if it is not good.
    """
    usual, headers = await welcomed(probe), probe.identity("second")
    if headers is None:
        raise Unobservable(_NONE, usual)
    control = await opening(probe, headers)
    if not control.ok:
        raise Unobservable(f"the token of the other user is answered with {how(control)}", control, usual)
    return control, headers


@dataclass(frozen=True, slots=True)
class SharedSession:
    """A session of the operator: used by its owner, by another user, and by its owner again."""

    welcome: Exchange
    """The other user opens a session of their own."""
    before: Exchange
    other: Exchange
    after: Exchange
    assigned: bool


@scenario(spec=HANDSHAKE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(guarded,), bench=Bench.AUTHORIZED)
async def shared_session(probe: Probe) -> SharedSession:
    welcome, headers = await somebody_else(probe)
    async with probe.session() as session:
        return SharedSession(
            welcome=welcome,
            before=await session.request("ping"),
            other=await session.request("ping", headers=headers),
            after=await session.request("ping"),
            assigned=session.session_id is not None,
        )


@check(
    shared_session,
    id="authorization/session-open-to-others",
    title="A user may use the session of another",
    requirements=("security-best-practices/session-bound-to-user",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Keep the subject of the token with the session, and answer 404 to everybody else who shows its id.",
    references=("https://cwe.mitre.org/data/definitions/639.html",),
)
def session_open_to_others(seen: SharedSession) -> Verdict:
    """What a server keeps in a session, subscriptions, logs and running requests, belongs to one user. Whoever gets
    hold of its id would otherwise hear and steer what is theirs.
    """
    if not seen.assigned:
        return not_applicable("the server assigns no session ids", seen.before)
    if not (seen.before.ok and seen.after.ok) or out_of_order(seen.other):
        return not_observed("the session did not work for its owner before and after", seen.before, seen.after)
    if let_in(seen.other):
        message = "The server served a request of one user in the session of another."
        return failed(message, seen.other, seen.before, seen.welcome)
    return passed(seen.other, seen.before, seen.after)


@dataclass(frozen=True, slots=True)
class Compared:
    """The same request twice as the operator, and as another user."""

    method: str
    own: Exchange
    again: Exchange
    other: Exchange


@dataclass(frozen=True, slots=True)
class TwoUsers:
    """What two users get."""

    welcome: Exchange
    compared: tuple[Compared, ...]


@scenario(spec=STATELESS, transports=HTTP_ONLY, needs=(guarded,), bench=Bench.AUTHORIZED)
async def two_users(probe: Probe) -> TwoUsers:
    welcome, headers = await somebody_else(probe)
    uris = [item["uri"] for item in probe.offer.resources if isinstance(item.get("uri"), str)]
    asked: list[tuple[str, JsonObject | None]] = [("server/discover", None)]
    asked += [(f"{kind}/list", None) for kind in ("tools", "resources", "prompts") if probe.offer.declares(kind)]
    asked += [("resources/read", {"uri": uri}) for uri in uris[:3]]
    compared = [
        Compared(
            method,
            await probe.request(method, params),
            await probe.request(method, params),
            await probe.request(method, params, headers=headers),
        )
        for method, params in asked
    ]
    return TwoUsers(welcome, tuple(compared))


def _content(exchange: Exchange) -> Any:
    """Return what a result says, without what is about the answer."""
    ours = {"_meta", "ttlMs", "cacheScope"}
    return {name: value for name, value in (exchange.result or {}).items() if name not in ours}


@check(
    two_users,
    id="caching/public-though-personal",
    title="An answer for one user may be kept for all",
    requirements=("derived/private-cache-for-authenticated", "caching/public-means-shareable"),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation='Answer with `cacheScope: "private"` whatever depends on who asks.',
    references=("https://cwe.mitre.org/data/definitions/524.html",),
)
def public_though_personal(seen: TwoUsers) -> Verdicts:
    """A cache in front of several users hands a public answer to the next one. If it was made for the first, the
    second sees what is not theirs.
    """
    judged = [item for item in seen.compared if item.own.ok and item.other.ok and item.again.ok]
    failures = [
        failed(
            f"{item.method} differs between two users, and says that everybody may keep it.",
            item.own,
            item.other,
            subject=f"method:{item.method}",
        )
        for item in judged
        if _content(item.own) == _content(item.again) != _content(item.other)
        and "public" in {(exchange.result or {}).get("cacheScope") for exchange in (item.own, item.other)}
    ]
    if failures:
        return failures
    evidence = [exchange for item in judged for exchange in (item.own, item.other)]
    return passed(*evidence) if evidence else not_observed("no request was answered to both users", seen.welcome)
