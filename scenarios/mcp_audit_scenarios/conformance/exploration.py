"""The conversation in which tools are made to ask: in every manner of answering, and by clients that declare less."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, callable_tool, scenario
from mcp_audit_harness.model import Era, Exchange, Impact, JsonObject, Revision, Transport
from mcp_audit_harness.probe import Probe, Stream

from .asking import URL_REQUIRED, Client, Consultation, Desk, Question, candidates, desk
from .client_replies import ACCEPT, CANCEL, DECLINE, LOOP, WRONG

COMPLETE: Final = "notifications/elicitation/complete"
_LISTEN_S: Final = 0.3
_CALL_S, _LOOP_S = 2.0, 15.0
_FORMS, _PAGES, _SAMPLES, _PER_KIND = 3, 1, 2, 2


@dataclass(frozen=True, slots=True)
class Asking:
    """All that was asked, and how it ended; empty where no tool is left that could ask."""

    calls: tuple[Consultation, ...] = ()
    """As a client with every capability of the revision."""
    restricted: tuple[Consultation, ...] = ()
    """Calls of tools that asked, as clients that declare less."""
    before: tuple[Question, ...] = ()
    """Asked before any call."""
    asides: tuple[Exchange, ...] = ()
    """What came on the GET stream of the client that was asked."""
    others: tuple[Exchange, ...] = ()
    """What another client heard meanwhile, on its own GET stream."""

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """The outcome of each call."""
        return tuple(call.end for call in self.calls)


@scenario(impact=Impact.PROBING, needs=(callable_tool,), timeout_s=90.0, bench=Bench.DIAGNOSTICS, thorough=True)
async def exploration(probe: Probe) -> Asking:
    tools = candidates(probe)
    if not tools:
        return Asking()
    client = Client()
    asides: list[Exchange] = []
    others: list[Exchange] = []
    async with desk(probe, client) as full:
        before = tuple(client.heard)
        calls = [await full.call(tool, ACCEPT) for tool in tools]
        by_name = {str(tool["name"]): tool for tool in tools}
        for call, manner in _repetitions(calls):
            calls.append(await full.call(by_name[call.tool], manner, timeout=_LOOP_S if manner == LOOP else _CALL_S))
        if full.stream is not None and any(call.questions for call in calls):
            asides.append(await full.stream.collect(timeout=0))
        completed = next((call for call in calls if _completed(call, asides)), None)
        if completed is not None and probe.transport is Transport.HTTP:
            others.append(await _overheard(probe, full, by_name[completed.tool]))
    restricted: list[Consultation] = []
    again = [by_name[name] for name in _askers(calls)]
    for declared in _restrictions(probe.revision) if again else ():
        async with desk(probe, Client(), declared) as part:
            restricted += [await part.call(tool, ACCEPT) for tool in again]
    return Asking(tuple(calls), tuple(restricted), before, tuple(asides), tuple(others))


def _repetitions(calls: Iterable[Consultation]) -> list[tuple[Consultation, str]]:
    """Return which calls to repeat in which manner: some of each kind."""
    answered = [call for call in calls if call.succeeded]
    forms = [call for call in answered if _kinds(call) == {"form"}][:_FORMS]
    pages = [call for call in answered if _kinds(call) == {"url"}][:_PAGES]
    samples = [call for call in answered if _kinds(call) == {"sampling"}]
    loops = [call for call in samples if any(question.params.get("tools") for question in call.questions)]
    return [
        *((call, manner) for call in forms for manner in (DECLINE, CANCEL, WRONG)),
        *((call, manner) for call in pages for manner in (DECLINE, CANCEL)),
        *((call, WRONG) for call in samples[:_SAMPLES]),
        *((call, LOOP) for call in loops[:1]),
    ]


def _kinds(call: Consultation) -> set[str]:
    return {question.kind for question in call.questions if question.method != "ping"}


def _askers(calls: Iterable[Consultation]) -> list[str]:
    """Return the names of tools that asked, some for each kind of question."""
    chosen: dict[str, list[str]] = {}
    for call in calls:
        kinds = _kinds(call) | ({"required"} if call.end.error_code == URL_REQUIRED else set())
        kinds |= {"tools" for question in call.questions if question.params.get("tools")}
        for kind in kinds:
            names = chosen.setdefault(kind, [])
            if len(names) < _PER_KIND and call.tool not in names:
                names.append(call.tool)
    return list(dict.fromkeys(name for names in chosen.values() for name in names))


def _restrictions(revision: Revision) -> tuple[JsonObject, ...]:
    """Return the capabilities of clients of which each lacks something; together, everything."""
    if revision < Revision.V2025_11_25:
        return ({},)
    parts: tuple[JsonObject, ...] = ({"sampling": {}, "elicitation": {"url": {}}}, {"elicitation": {"form": {}}})
    return (*parts, {}) if revision.era is Era.STATELESS else parts


def _completed(call: Consultation, asides: Iterable[Exchange]) -> bool:
    if not call.asked("url"):
        return False
    return any(exchange.notifications(COMPLETE) for exchange in (*call.rounds, *asides))


async def _overheard(probe: Probe, full: Desk, tool: JsonObject) -> Exchange:
    """Let another client listen while a page is opened and done with; return all that it heard."""
    async with _listener(probe) as stream:
        await full.call(tool, ACCEPT)
        return await stream.collect(timeout=_LISTEN_S)


@asynccontextmanager
async def _listener(probe: Probe) -> AsyncIterator[Stream]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(probe.session())
        yield await stack.enter_async_context(session.stream())
