"""Whose answer counts: what one user was asked, another user answers (page `client/elicitation`, statefulness).

It takes a token of another user, which the operator gives. Where a server gives nothing to hold on to between question
and answer, neither a session id nor a request state, there is nothing to take over.
"""

from dataclasses import dataclass
from typing import Final

import anyio
from mcp_audit_harness.declare import Bench, Unobservable, callable_tool, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Era,
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
from mcp_audit_harness.probe import Headers, Probe

from ..arguments import valid_arguments
from .asking import Client, candidates, desk, input_requests, is_interim
from .authorization_users import somebody_else
from .challenge import guarded
from .client_replies import ACCEPT, reply

_PATIENCE_S: Final = 5.0
_EARLY_S: Final = 0.3
_NOBODY: Final = "no tool that may be called asked for a form alone; allow more with --call all or --tool NAME"


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A question to the operator, answered by another user, then by the operator."""

    welcome: Exchange
    """The other user's own opening."""
    tool: str
    other: Exchange
    """The other user's answer."""
    early: bool
    """Whether the call went on before its owner had answered."""
    end: Exchange
    """How the owner's call ended after their own answer: the control."""


@scenario(
    spec=since("2025-11-25"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(guarded, callable_tool),
    timeout_s=45.0,
    bench=Bench.AUTHORIZED,
)
async def taken_over(probe: Probe) -> TakenOver:
    welcome, headers = await somebody_else(probe)
    stateless = probe.revision.era is Era.STATELESS
    tool = await _asking_tool(probe, stateful=stateless)
    if stateless:
        return await _by_state(probe, tool, welcome, headers)
    return await _by_session(probe, tool, welcome, headers)


async def _asking_tool(probe: Probe, *, stateful: bool) -> JsonObject:
    """Return a tool that asks for a form and nothing else, and then works; `stateful`: with a request state."""
    async with desk(probe, Client()) as full:
        for tool in candidates(probe):
            call = await full.call(tool, ACCEPT)
            kinds = [question.kind for question in call.questions]
            has_state = any("requestState" in (exchange.result or {}) for exchange in call.rounds)
            if call.succeeded and kinds == ["form"] and (has_state or not stateful):
                return tool
    raise Unobservable(_NOBODY)


async def _by_session(probe: Probe, tool: JsonObject, welcome: Exchange, headers: Headers) -> TakenOver:
    """Let the other user answer in the session of the operator, whose call waits."""
    heard: list[JsonObject] = []
    asked = anyio.Event()

    def listen(request: JsonObject) -> None:
        heard.append(request)
        asked.set()

    ended: list[Exchange] = []
    other: Exchange | None = None
    early = False
    async with probe.session(answers=listen) as session, anyio.create_task_group() as tasks:

        async def call() -> None:
            ended.append(await session.request("tools/call", _params(tool), timeout=_PATIENCE_S))

        tasks.start_soon(call)
        with anyio.move_on_after(_PATIENCE_S):
            await asked.wait()
            message = {"jsonrpc": "2.0", "id": heard[0]["id"], "result": reply(heard[0], ACCEPT)}
            other = await session.send(message, headers=headers)
            await anyio.sleep(_EARLY_S)
            early = bool(ended)
            await session.send(message)
    if other is None or not ended:
        raise Unobservable(_NOBODY, *ended)
    return TakenOver(welcome, str(tool["name"]), other, early, ended[0])


async def _by_state(probe: Probe, tool: JsonObject, welcome: Exchange, headers: Headers) -> TakenOver:
    """Let the other user bring back the state of the operator's call with an answer."""
    interim = await probe.request("tools/call", _params(tool))
    asked, state = input_requests(interim.result), (interim.result or {}).get("requestState")
    if not asked or state is None:
        raise Unobservable(_NOBODY, interim)
    responses = {key: reply(request, ACCEPT) for key, request in asked.items() if isinstance(request, dict)}
    params = {**_params(tool), "inputResponses": responses, "requestState": state}
    other = await probe.request("tools/call", params, headers=headers)
    end = await probe.request("tools/call", params)
    return TakenOver(welcome, str(tool["name"]), other, _final(other), end)


def _params(tool: JsonObject) -> JsonObject:
    return {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}


def _final(exchange: Exchange) -> bool:
    result = exchange.result
    return result is not None and result.get("isError") is not True and not is_interim(result)


@check(
    taken_over,
    id="elicitation/answered-by-others",
    title="Another user can answer what somebody was asked",
    requirements=(
        "elicitation/bind-state-to-user",
        "elicitation/bind-to-client-and-user",
        "elicitation/not-session-alone",
    ),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Keep the subject of the token with every question, and take answers from nobody else.",
    references=("https://cwe.mitre.org/data/definitions/639.html",),
)
def answered_by_others(seen: TakenOver) -> Verdict:
    """A question asks one person. If whoever knows the session, or the state, can answer it, they confirm in that
    person's name what this person never saw.
    """
    if not _final(seen.end) and not seen.early:
        return not_observed("the owner's own answer was not taken either", seen.end, seen.other)
    if seen.early:
        message = "A call went on with the answer of another user."
        return failed(message, seen.other, seen.end, seen.welcome, subject=f"tool:{seen.tool}")
    return passed(seen.end, seen.other)
