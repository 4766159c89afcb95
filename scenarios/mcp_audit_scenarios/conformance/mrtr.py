"""Requests that are asked back, and the ways to come back to them (2026-07-28, basic/patterns/mrtr): the scenario."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from mcp_audit_harness.declare import Bench, scenario
from mcp_audit_harness.model import STATELESS, Exchange, Impact, JsonObject, Verdict, not_applicable, not_observed
from mcp_audit_harness.probe import Probe

from ..questions import Try, again, first_calls, plain_answers, requests_in, state_in
from ..request_states import tampered

_MAX_ASKERS = 3
_MAX_STATES = 2
_REPEATS = 5
_GARBAGE: Final = (7, "x" * 20_000)


def can_ask(probe: Probe) -> Verdict | None:
    """Need something that may ask back: a tool that may be called, a prompt or a resource."""
    if probe.callable_tools() or probe.offer.prompts or probe.offer.resources:
        return None
    if probe.offer.tools:
        return not_observed("no listed tool may be called; allow some with --tool NAME or --call all")
    return not_applicable("the server lists no tools, prompts or resources, which alone may ask for input")


@dataclass(frozen=True, slots=True)
class Retried:
    """One thing that asks, and what became of the ways to come back to it; each begins with a question of its own."""

    asked: Try
    whole: Exchange
    """With every answer and the state."""
    extra: Exchange
    """With an answer more than was asked for."""
    partial: Exchange
    """With the first answer left out."""
    malformed: Exchange
    """With texts in the place of the answers."""
    unreadable: Exchange
    """With a text in the place of all answers."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One thing that hands out a state, and what it did with states that it did not hand out for this request."""

    asked: Try
    whole: Exchange
    """With every answer and its state."""
    absent: Exchange
    """With every answer and no state."""
    tampered: tuple[Exchange, ...]
    """With its state, changed."""
    garbage: tuple[Exchange, ...]
    """With what no server hands out: a number, a long text."""
    foreign: Exchange | None
    """With the state of another request; None if only one hands out a state."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Everything that may ask, asked; what asked, asked again in other ways."""

    tries: tuple[Try, ...]
    bare: tuple[tuple[Try, Exchange], ...]
    """What asked, and what it said to a client that can be asked nothing."""
    retried: tuple[Retried, ...]
    carried: tuple[Carried, ...]
    repeated: tuple[Exchange, ...]
    """The first of them, asked again and again without an answer."""

    def asking(self) -> list[Try]:
        """Return what was answered with a question."""
        return [tried for tried in self.tries if tried.asks]


@scenario(
    spec=STATELESS, impact=Impact.PROBING, needs=(can_ask,), timeout_s=60.0, bench=Bench.DIAGNOSTICS, thorough=True
)
async def questions(probe: Probe) -> Questions:
    tries = await first_calls(probe)
    asking = [tried for tried in tries if tried.asks]
    bare = [(tried, await again(probe, tried, {})) for tried in asking if requests_in(tried.exchange)]
    # What asks most shows most: with two questions, one can be left out.
    richest = sorted(asking, key=lambda tried: -len(requests_in(tried.exchange)))
    chosen = list(dict.fromkeys([*(tried.subject for tried in asking[:2]), *(tried.subject for tried in richest[:1])]))
    retried = [
        await _retried(probe, tried) for tried in asking if tried.subject in chosen and requests_in(tried.exchange)
    ]
    stateful = [tried for tried in asking if state_in(tried.exchange) is not None]
    carried = [await _carried(probe, tried, stateful) for tried in stateful[:_MAX_STATES]]
    repeated = [await again(probe, tried) for tried in asking[:1] for _ in range(_REPEATS)]
    return Questions(tries, tuple(bare[:_MAX_ASKERS]), tuple(retried), tuple(carried), tuple(repeated))


async def _retried(probe: Probe, asked: Try) -> Retried:
    """Ask anew for each way, since a server may take each state once."""

    async def way(spoil: Callable[[JsonObject], Any]) -> Exchange:
        question = await again(probe, asked)
        answers = plain_answers(requests_in(question))
        return await again(probe, asked, inputResponses=spoil(answers), requestState=state_in(question))

    return Retried(
        asked,
        whole=await way(lambda answers: answers),
        extra=await way(lambda answers: {**answers, "mcp-audit-unexpected": {"action": "decline"}}),
        partial=await way(lambda answers: dict(list(answers.items())[1:])),
        malformed=await way(lambda answers: dict.fromkeys(answers, "not an answer")),
        unreadable=await way(lambda _: "not an object"),
    )


async def _carried(probe: Probe, asked: Try, stateful: list[Try]) -> Carried:
    async def way(spoil: Callable[[str], Any]) -> Exchange:
        question = await again(probe, asked)
        answers = plain_answers(requests_in(question)) or None
        return await again(probe, asked, inputResponses=answers, requestState=spoil(state_in(question) or ""))

    others = [tried for tried in stateful if tried.subject != asked.subject]
    keys = requests_in(asked.exchange).keys()
    # What asks the same is the likeliest to take the state of the other.
    other = min(others, key=lambda tried: requests_in(tried.exchange).keys() != keys, default=None)
    elsewhere = state_in(await again(probe, other)) if other is not None else None
    forms = len(tampered(state_in(asked.exchange) or ""))
    return Carried(
        asked,
        whole=await way(lambda state: state),
        absent=await way(lambda _: None),
        tampered=tuple([await way(partial(_form, form)) for form in range(forms)]),
        garbage=tuple([await way(partial(_instead, odd)) for odd in _GARBAGE]),
        foreign=await way(partial(_instead, elsewhere)) if elsewhere is not None else None,
    )


def _instead(other: Any, _: str) -> Any:
    return other


def _form(form: int, state: str) -> str:
    """Return one tampered form; each question may bring a state with fewer of them than the first."""
    forms = tampered(state)
    return forms[form % len(forms)]
