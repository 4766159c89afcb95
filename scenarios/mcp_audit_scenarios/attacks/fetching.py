"""Tools that are handed addresses of the auditor's listener: who came, and by which.

Every address is random, so that only who was handed it can have come.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, callable_tool, scenario
from mcp_audit_harness.model import Exchange, Impact
from mcp_audit_harness.probe import Canary, Probe

from .addresses_inside import MARK, Address, allowed_hosts, broken, by, lookalikes, redirects, spellings
from .argument_kinds import Slot, slots, takes_address, words_of
from .occasions import newest_only
from .tries import ask, ask_afresh, succeeded

_MOST = 4
GRACE_S = 0.2
"""How much later than its answer a tool may fetch."""
_CREDENTIALS = words_of(
    "authorization proxy-authorization cookie x-api-key api-key x-auth-token x-access-token private-token"
)


@dataclass(frozen=True, slots=True)
class Fetch:
    """A call with an address, and whether it was visited."""

    how: str
    exchange: Exchange
    visited: bool = False
    credentials: tuple[str, ...] = ()
    """Names of headers with secrets that the visitor brought along."""
    split: bool = False
    """Whether a line break in the address became one between headers."""
    again: Exchange | None = None
    """The same with another address in a fresh session, where the first was visited; None if that was not."""


@dataclass(frozen=True, slots=True)
class Fetching:
    """One place for an address, and what was fetched from there."""

    subject: str
    label: str
    plain: Fetch
    """The listener by its number, 127.0.0.1."""
    named: Fetch | None
    """The listener by the name that the operator allows; None where that is the number."""
    spelled: tuple[Fetch, ...]
    """By other spellings; none are tried where the plain one is fetched."""
    lookalike: tuple[Fetch, ...]
    """By addresses that hold a name that the schema allows."""
    redirected: tuple[Fetch, ...]
    """The second stop of redirects from the named address."""
    broken: tuple[Fetch, ...]
    """Addresses with line breaks, where those without are fetched."""

    @property
    def all(self) -> tuple[Fetch, ...]:
        """Every call, in order."""
        named = (self.named,) if self.named else ()
        return (self.plain, *named, *self.spelled, *self.lookalike, *self.redirected, *self.broken)


@dataclass(frozen=True, slots=True)
class Fetchings:
    """Every place for an address that was tried."""

    places: tuple[Fetching, ...]


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=60.0, bench=Bench.DIAGNOSTICS)
async def fetchings(probe: Probe) -> Fetchings:
    found = slots(probe.callable_tools(), takes_address, _MOST)
    if not found:
        return Fetchings(())
    async with probe.canary() as canary:
        return Fetchings(tuple([await _fetching(probe, canary, slot) for slot in found]))


async def _fetching(probe: Probe, canary: Canary, slot: Slot) -> Fetching:
    async def tries(addresses: Iterable[Address]) -> tuple[Fetch, ...]:
        """Try addresses until one is visited."""
        fetches: list[Fetch] = []
        for address in addresses:
            fetches.append(await _fetch(probe, canary, slot, address))
            if fetches[-1].visited:
                break
        return tuple(fetches)

    plain = await _fetch(probe, canary, slot, Address("its number", by(canary, "127.0.0.1")))
    name = Address(f"the name {canary.host}", by(canary))
    named = await _fetch(probe, canary, slot, name) if canary.host != "127.0.0.1" else None
    inside = plain.visited
    outside = named is not None and named.visited
    return Fetching(
        slot.subject,
        slot.label,
        plain,
        named,
        spelled=() if inside else await tries(spellings(canary)),
        lookalike=() if inside else await tries(_lookalikes(canary, slot)),
        redirected=await tries(redirects(canary)) if outside and not inside else (),
        broken=await tries(broken(canary, "127.0.0.1" if inside else "")) if inside or outside else (),
    )


def _lookalikes(canary: Canary, slot: Slot) -> Iterator[Address]:
    for host in allowed_hosts(slot):
        yield from lookalikes(canary, host)


async def _fetch(probe: Probe, canary: Canary, slot: Slot, address: Address) -> Fetch:
    value, handed_out = address.make()
    before = len(canary.visits(handed_out))
    exchange = await ask(probe, slot, value)
    if succeeded(exchange) and handed_out:
        await canary.wait(handed_out, timeout=GRACE_S)
    visits = canary.visits(handed_out)[before:]
    if not visits:
        return Fetch(address.how, exchange)
    value, second = address.make()
    again = await ask_afresh(probe, slot, value)
    names = {name for visit in visits for name, _ in visit.headers}
    return Fetch(
        address.how,
        exchange,
        visited=bool(await canary.wait(second, timeout=GRACE_S)),
        credentials=tuple(sorted(names & _CREDENTIALS)),
        split=any(visit.header(MARK) is not None for visit in visits),
        again=again,
    )
