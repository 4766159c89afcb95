"""Handles that tools give out: whether they work for anybody, and whether they can be guessed (CWE-639, CWE-330)."""

from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Bench, callable_tool, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe, Session

from ..conformance.authorization_users import somebody_else
from ..conformance.challenge import guarded
from ..conformance.sessions import varying_bits
from .handle_pairs import PATIENCE_S, found_pair, handle_in, has_pair, shows
from .occasions import newest_of_era, newest_only

_DRAWN, _FEWEST, _ENOUGH_BITS = 8, 5, 64


def without_login(probe: Probe) -> Verdict | None:
    """Need a server that does not know who asks."""
    return not_applicable("the server knows who asks by their credentials") if probe.survey.auth.required else None


@dataclass(frozen=True, slots=True)
class ForeignObject:
    """Something that the operator made: asked for by its owner, by another user, and by a made-up handle."""

    welcome: Exchange
    made: Exchange
    own: Exchange
    foreign: Exchange
    again: Exchange
    made_up: Exchange
    marker: str
    taker: str


@scenario(
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(guarded, callable_tool, has_pair, newest_of_era),
    timeout_s=40.0,
    bench=Bench.AUTHORIZED,
)
async def foreign_object(probe: Probe) -> ForeignObject:
    welcome, headers = await somebody_else(probe)
    marker = f"mcp-audit-{probe.rng.getrandbits(64):016x}"
    pair, made, own, handle = await found_pair(probe, marker)
    unknown = (
        probe.rng.randrange(10**8, 10**9) if isinstance(handle, int) else f"mcp-audit-{probe.rng.getrandbits(64):016x}"
    )

    async def ask(session: Session, value: Any) -> Exchange:
        return await session.request("tools/call", pair.taken(value), timeout=PATIENCE_S)

    async with probe.session(headers=headers) as other:
        foreign, made_up = await ask(other, handle), await ask(other, unknown)
    async with probe.session(headers=headers) as fresh:
        again = await ask(fresh, handle)
    return ForeignObject(welcome, made, own, foreign, again, made_up, marker, str(pair.taker.get("name")))


@check(
    foreign_object,
    id="principals/serves-foreign-object",
    title="What one user made is shown to another who knows its handle",
    requirements=(
        "security-best-practices/handle-bound-to-user",
        "security-best-practices/handle-not-authentication",
        "principals/objects-have-owners",
    ),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Keep with every object whose it is, and treat it as unknown to everybody else, unless it is shared.",
    references=(
        "https://cwe.mitre.org/data/definitions/639.html",
        "https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/",
    ),
)
def serves_foreign_object(seen: ForeignObject) -> Verdict:
    """A handle that opens what it names for everybody is a password that travels in arguments, results and logs.
    Whether users of this server are meant to see what others make is for its author to say: a likely finding.
    """
    if not shows(seen.own, seen.marker):
        return not_observed("the owner was not shown what they made", seen.own, seen.made)
    if shows(seen.made_up, seen.marker):
        return not_observed("a made-up handle shows the same", seen.made_up)
    if shows(seen.foreign, seen.marker) and shows(seen.again, seen.marker):
        message = (
            f"{seen.taker[:80]} showed another user the text that the owner had put in: likely a lack of ownership."
        )
        evidence = (seen.foreign, seen.again, seen.made_up, seen.own, seen.made)
        return failed(message, *evidence, subject=f"tool:{seen.taker[:80]}")
    if not (seen.foreign.answered and seen.again.answered):
        return not_observed("the other user was not answered", seen.foreign, seen.welcome)
    return passed(seen.foreign, seen.made_up, seen.own)


@dataclass(frozen=True, slots=True)
class Handles:
    """Handles of one tool, in a row."""

    made: tuple[Exchange, ...]
    handles: tuple[str, ...]
    maker: str


@scenario(
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(without_login, callable_tool, has_pair, newest_only),
    timeout_s=40.0,
    bench=Bench.DIAGNOSTICS,
)
async def drawn_handles(probe: Probe) -> Handles:
    marker = f"mcp-audit-{probe.rng.getrandbits(64):016x}"
    pair, made, _, handle = await found_pair(probe, marker)
    more = [await probe.request("tools/call", pair.made(marker), timeout=PATIENCE_S) for _ in range(_DRAWN - 1)]
    found = [handle, *(handle_in(exchange, pair.handle) for exchange in more)]
    handles = tuple(str(value) for value in found if value is not None)
    return Handles((made, *more), handles, str(pair.maker.get("name")))


@check(
    drawn_handles,
    id="principals/handle-guessable",
    title="Handles that tools give out can be guessed",
    requirements=("security-best-practices/secure-handles", "principals/handles-unpredictable"),
    severity=SeverityByExposure(local=Severity.INFO, remote=Severity.LOW),
    category=Category.SECURITY,
    remediation="Use at least 128 bits of a secure random generator for handles, such as a UUID of version 4.",
    references=("https://cwe.mitre.org/data/definitions/330.html", "https://cwe.mitre.org/data/definitions/340.html"),
)
def handle_guessable(seen: Handles) -> Verdict:
    """Where a server does not know who asks, the handle is all that keeps what one client made from the others.

    The estimate is that of session ids: places at which the handles differ count with all that they can carry.
    """
    distinct = tuple(dict.fromkeys(seen.handles))
    if len(distinct) < _FEWEST:
        return not_observed(f"only {len(distinct)} different handles were given out", *seen.made)
    bits = varying_bits(distinct)
    if bits < _ENOUGH_BITS:
        message = f"Among {len(distinct)} handles, such as {distinct[0][:80]!r}, at most {bits:.0f} bits differ."
        return failed(message, *seen.made, subject=f"tool:{seen.maker[:80]}")
    return passed(*seen.made)
