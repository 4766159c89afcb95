"""What tools ask of the client on the way: found by calling those that may be called, as a client that can be asked.

Up to 2025-11-25 a question is a request of the server; at 2026-07-28 it is a part of an `InputRequiredResult`, and the
answers go with the next call. Here both look alike. Tools whose plain call was answered without a question are not
called again, so that a server that asks nothing costs nothing.
"""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Verdicts
from mcp_audit_harness.model import (
    Call,
    Era,
    Exchange,
    JsonObject,
    Outcome,
    Revision,
    Transport,
    Verdict,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe, Session, Stream

from ..arguments import valid_arguments
from .client_replies import ACCEPT, ELICIT, LIST_ROOTS, LOOP, MARKER, MOST_USES, ROOT, SAMPLE, reply

URL_REQUIRED: Final = -32042
MOST_TOOLS: Final = 60
_MOST_ROUNDS: Final = 12
_MOST_SILENT, _MOST_UNTRIED = 2, 5
_ASKING: Final = re.compile(r"elicit|sampl(e|ing)\b|\bask|confirm|approv|consent|\bllm\b|\broots\b", re.IGNORECASE)
_MOST_VERDICTS, _MOST_SHOWN = 10, 10
_PATIENCE_S: Final = 2.0
_REFUSING: Final = re.compile(
    r"error|exception|valid|fail|refus|reject|declin|denied|expect|must|should|cannot|can't|unable|wrong|\bnot?\b",
    re.IGNORECASE,
)
_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
_INPUT_REQUIRED: Final = "input_required"
NOBODY_ASKED: Final = "no tool that may be called asked the client for {}; allow more with --call all or --tool NAME"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the server asked the client, and what it was told."""

    method: str
    params: JsonObject
    answer: JsonObject | None
    """The result that it got, or `{"error": …}`; None where it got none."""
    rpc_id: str | int | None = None
    """Its id, where it came as a request."""
    key: str = ""
    """Its name among the input requests, where it came with a result (2026-07-28)."""

    @property
    def kind(self) -> str:
        """`form`, `url`, `sampling` or `roots`; any other method as it is."""
        if self.method == ELICIT:
            return "url" if self.params.get("mode") == "url" else "form"
        return {SAMPLE: "sampling", LIST_ROOTS: "roots"}.get(self.method, self.method)


@dataclass(frozen=True, slots=True)
class Consultation:
    """One call of a tool in one manner of answering: what it asked, and how it ended."""

    tool: str
    manner: str
    questions: tuple[Question, ...]
    first: Exchange
    """The call."""
    later: tuple[Exchange, ...] = ()
    """At 2026-07-28 its repetitions with answers."""
    declared: JsonObject | None = None
    """The client's capabilities, where they were not all that there are."""

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool}"

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """The exchange that asked first, and the one that holds the outcome."""
        return (self.first, *self.later[-1:])

    @property
    def end(self) -> Exchange:
        """The exchange that holds the outcome."""
        return self.rounds[-1]

    @property
    def rounds(self) -> tuple[Exchange, ...]:
        """The call and its repetitions; the last one holds the outcome."""
        return (self.first, *self.later)

    @property
    def succeeded(self) -> bool:
        """Whether the tool gave a result that is neither an error nor another question."""
        result = self.end.result
        return result is not None and result.get("isError") is not True and not is_interim(result)

    @property
    def refused(self) -> bool:
        """Whether the call ended with an error of the tool or of the protocol."""
        result = self.end.result
        return self.end.error is not None or (result is not None and result.get("isError") is True)

    @property
    def went_on(self) -> bool:
        """Whether a success repeats the harness's own marker, and nothing in it sounds like a refusal.

        Some tools report an error in a result that is none, and quote what they could not read.
        """
        return self.succeeded and MARKER in self.outcome and _REFUSING.search(self.outcome) is None

    def asked(self, *kinds: str) -> tuple[Question, ...]:
        """Return the questions of some kinds."""
        return tuple(question for question in self.questions if question.kind in kinds)

    @property
    def outcome(self) -> str:
        """Content of the result as one text, to compare outcomes by."""
        result = self.end.result or {}
        return json.dumps([result.get("content"), result.get("structuredContent")], sort_keys=True)


class Client:
    """Answers in a manner, and remembers what it was asked since the last call began."""

    def __init__(self, manner: str = ACCEPT, roots: tuple[str, ...] = (ROOT,)) -> None:
        self.manner = manner
        self.roots = roots
        self.heard: list[Question] = []

    def __call__(self, request: JsonObject) -> JsonObject | None:
        """Answer a request of the server: what `Probe.session` takes."""
        return self.answer(request, "")

    def answer(self, request: JsonObject, key: str) -> JsonObject | None:
        """Answer a request; `key` is its name among input requests."""
        method, params, rpc_id = str(request.get("method")), request.get("params"), request.get("id")
        earlier = sum(question.method == method for question in self.heard)
        answer = reply(request, self.manner, earlier, self.roots)
        own_id = rpc_id if isinstance(rpc_id, str | int) else None
        self.heard.append(Question(method, params if isinstance(params, dict) else {}, answer, own_id, key))
        return answer


@dataclass(frozen=True, slots=True)
class Desk:
    """Calls tools as one client, in one conversation."""

    caller: Probe | Session
    client: Client
    era: Era
    declared: JsonObject | None = None
    stream: Stream | None = None
    """The GET stream, where the server grants one: some servers ask there."""

    async def call(
        self, tool: JsonObject, manner: str, *, arguments: JsonObject | None = None, timeout: float = _PATIENCE_S
    ) -> Consultation:
        """Call a tool and answer all that it asks."""
        self.client.manner = manner
        self.client.heard = []
        plain = valid_arguments(tool.get("inputSchema")) if arguments is None else arguments
        params: JsonObject = {"name": tool["name"], "arguments": plain}
        most = MOST_USES + 1 if manner == LOOP else _MOST_ROUNDS
        rounds = [await self._request(params, timeout)]
        while (asked := input_requests(rounds[-1].result)) is not None and len(rounds) <= most:
            rounds.append(await self._request(params | self._answers(asked, rounds[-1].result or {}), timeout))
        first, *later = rounds
        return Consultation(str(tool["name"]), manner, tuple(self.client.heard), first, tuple(later), self.declared)

    async def _request(self, params: JsonObject, timeout: float) -> Exchange:
        meta: JsonObject = {"progressToken": f"audit-{params['name']}"}
        if self.declared is not None and self.era is Era.STATELESS:
            meta[_CAPABILITIES] = self.declared
        return await self.caller.request("tools/call", params, meta=meta, timeout=timeout)

    def _answers(self, asked: JsonObject, result: JsonObject) -> JsonObject:
        answers = {key: self.client.answer(request, key) for key, request in asked.items() if isinstance(request, dict)}
        again: JsonObject = {"inputResponses": {key: answer for key, answer in answers.items() if answer is not None}}
        if "requestState" in result:
            again["requestState"] = result["requestState"]
        return again


@asynccontextmanager
async def desk(probe: Probe, client: Client, declared: JsonObject | None = None) -> AsyncIterator[Desk]:
    """Open a conversation in which tools can be called as `client`, which declares all capabilities, or `declared`.

    Over HTTP it listens on the GET stream, too. What is asked before any call is in `client.heard` at first.
    """
    if probe.revision.era is Era.STATELESS:
        yield Desk(probe, client, Era.STATELESS, declared)
        return
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(probe.session(capabilities=declared, answers=client))
        stream = await stack.enter_async_context(session.stream()) if _streams(probe, session) else None
        if session.usable:
            await session.request("ping")
        yield Desk(session, client, Era.HANDSHAKE, declared, stream)


def _streams(probe: Probe, session: Session) -> bool:
    return probe.transport is Transport.HTTP and session.usable and probe.revision > Revision.V2024_11_05


def is_interim(result: JsonObject) -> bool:
    """Whether a result asks for input before there can be another."""
    return result.get("resultType") == _INPUT_REQUIRED


def input_requests(result: JsonObject | None) -> JsonObject | None:
    """Return what an interim result asks, by key; None where a result is final, or there is none."""
    if result is None or not is_interim(result):
        return None
    asked = result.get("inputRequests")
    return asked if isinstance(asked, dict) else {}


def candidates(probe: Probe) -> tuple[JsonObject, ...]:
    """Return the tools that may ask something: those that did, and those of whose plain call nothing is known.

    A call without an answer may have waited for one of ours, to a question that came where nobody listened. Of tools
    that only read, which seldom ask, few are tried: an operator who wants to know allows all, or names some.
    """
    wide = probe.consent.call is Call.ALL or bool(probe.consent.tools)
    untried = 0
    chosen: list[JsonObject] = []
    silent: list[JsonObject] = []
    known = _plain_calls(probe.transcript)
    for tool in probe.callable_tools():
        calls = known.get(str(tool.get("name")), [])
        if any(map(_shows_question, calls)):
            chosen.append(tool)
        elif not calls:
            untried += 1
            chosen += [tool] if wide or untried <= _MOST_UNTRIED or _asks_by_name(tool) else []
        elif all(call.outcome is Outcome.SILENT for call in calls):
            silent.append(tool)
    return (*chosen, *silent[:_MOST_SILENT])[:MOST_TOOLS]


def _asks_by_name(tool: JsonObject) -> bool:
    return _ASKING.search(f"{tool.get('name')} {tool.get('description')}") is not None


def _plain_calls(transcript: Sequence[Exchange]) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for exchange in transcript:
        if exchange.sent.method == "tools/call":
            name = called_name(exchange)
            if name is not None:
                found.setdefault(name, []).append(exchange)
    return found


def called_name(exchange: Exchange) -> str | None:
    """Return the name of the tool that an exchange called; None where it called none."""
    try:
        name = json.loads(exchange.sent.body)["params"]["name"]
    except (ValueError, TypeError, KeyError):
        return None
    return name if isinstance(name, str) else None


def _shows_question(exchange: Exchange) -> bool:
    asked = any(request.get("method") != "ping" for request in exchange.server_requests)
    return asked or exchange.error_code == URL_REQUIRED or input_requests(exchange.result) is not None


def judged(failures: list[Verdict], calls: Iterable[Consultation], why_nothing: str) -> Verdicts:
    """Return the failures; else PASS with the calls that were looked at, or NOT_OBSERVED if there are none."""
    if failures:
        return failures[:_MOST_VERDICTS]
    return shown((exchange for call in calls for exchange in call.evidence), why_nothing)


def shown(exchanges: Iterable[Exchange], why_nothing: str) -> Verdict:
    """Return PASS with some exchanges in which the server said anything, or NOT_OBSERVED if there are none."""
    answered = [exchange for exchange in exchanges if exchange.answered]
    return passed(*answered[:_MOST_SHOWN]) if answered else not_observed(why_nothing)


def of_kind(calls: Iterable[Consultation], *kinds: str) -> Iterator[tuple[Consultation, Question]]:
    """Yield the questions of some kinds with the calls that they belong to."""
    for call in calls:
        for question in call.asked(*kinds):
            yield call, question
