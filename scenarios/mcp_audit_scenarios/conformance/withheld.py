"""Questions that nobody answers: does the server give up, and take the question back? And whose names does it use?

Up to 2025-11-25 a question is a request of the server, with an id, and perhaps a progress token, that it chose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    failed,
    not_observed,
)
from mcp_audit_harness.probe import Probe

from .asking import NOBODY_ASKED, Client, Consultation, candidates, desk, shown
from .client_replies import SILENT
from .exploration import Asking, exploration

_PATIENCE_S: Final = 1.2
_MOST_WAITS: Final = 2
_QUICK: Final = "test_question_in_a_hurry"
"""A tool of diagnostic servers that does not wait for long; others may not give up within any time that we have."""
_CANCELLED: Final = "notifications/cancelled"


@dataclass(frozen=True, slots=True)
class Withheld:
    """Calls whose questions got no answer, in one session."""

    calls: tuple[Consultation, ...]
    asides: tuple[Exchange, ...]
    """What came on the GET stream."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All that came."""
        return (*(call.end for call in self.calls), *self.asides)

    def cancelled(self) -> Iterator[tuple[Exchange, Any]]:
        """Yield the ids that the server cancelled."""
        for exchange in self.exchanges:
            for notification in exchange.notifications(_CANCELLED):
                params = notification.get("params")
                yield exchange, params.get("requestId") if isinstance(params, dict) else None


@scenario(
    spec=HANDSHAKE,
    impact=Impact.PROBING,
    needs=(callable_tool,),
    timeout_s=30.0,
    bench=Bench.DIAGNOSTICS,
    thorough=True,
)
async def withheld(probe: Probe) -> Withheld:
    """Call tools that ask, until two of them wait in vain."""
    tools = list(candidates(probe))
    if not tools:
        raise Unobservable(NOBODY_ASKED.format("anything"))
    quick = [tool for tool in tools if tool["name"] == _QUICK]
    tools = [tool for tool in tools if tool["name"] != _QUICK]
    calls: list[Consultation] = []
    asides: list[Exchange] = []
    async with desk(probe, Client(SILENT)) as full:
        for tool in tools:
            call = await full.call(tool, SILENT, timeout=_PATIENCE_S)
            calls += [call] if call.questions else []
            if len(calls) == _MOST_WAITS - len(quick):
                break
        for tool in quick:
            call = await full.call(tool, SILENT, timeout=_PATIENCE_S)
            calls += [call] if call.questions else []
        if full.stream is not None and calls:
            asides.append(await full.stream.collect(timeout=0))
    return Withheld(tuple(calls), tuple(asides))


@check(
    withheld,
    id="lifecycle/abandons-without-cancelling",
    title="The server gives up on a question and does not take it back",
    requirements=("lifecycle/timeout-then-cancel", "lifecycle/request-timeouts"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Give every request to the client a timeout, and send notifications/cancelled when it is over.",
)
def abandons_without_cancelling(seen: Withheld) -> Verdicts:
    """Nobody tells the person that the form in front of them is of no use any more, and the answer they give is
    dropped. A server that waits on after a moment's silence is not blamed: how long it may wait is for it to say.
    """
    ended = [call for call in seen.calls if call.end.reply is not None]
    taken_back = {_key(value) for _, value in seen.cancelled()}
    for call in ended:
        left = [question.rpc_id for question in call.questions if _key(question.rpc_id) not in taken_back]
        if left:
            message = f"The call ended while the request {left[0]!r} to the client was open, and was not cancelled."
            return failed(message, call.end, subject=call.subject)
    return shown((call.end for call in ended), f"no tool that asked gave up within {_PATIENCE_S:g} s")


@check(
    withheld,
    id="cancellation/cancels-foreign-request",
    title="The server cancels a request that is not its own",
    requirements=("cancellation/cancel-only-in-flight-own-requests", "schema/cancel-id-same-direction"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Cancel only requests that you sent yourself, by the id that you gave them.",
)
def cancels_foreign_request(seen: Withheld) -> Verdicts:
    """The client looks among the server's requests. A cancellation with another id takes back nothing, and the form
    stays open.
    """
    own = {_key(question.rpc_id) for call in seen.calls for question in call.questions}
    found = list(seen.cancelled())
    for exchange, value in found:
        if _key(value) not in own:
            return failed(f"The server cancelled {value!r}, which is no request of its own.", exchange)
    return shown((exchange for exchange, _ in found), "the server cancelled nothing")


@check(
    withheld,
    id="progress/reuses-active-token",
    title="Two open requests of the server have one progress token",
    requirements=("progress/progress-token-unique",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Use a token of its own for every request; the request's id will do.",
)
def reuses_active_token(seen: Withheld) -> Verdicts:
    """What the client reports for one of them the server takes for the progress of the other."""
    tokens: dict[tuple[type, object], str] = {}
    looked: list[Consultation] = []
    for call in seen.calls:
        for token in filter(_is_token, map(_token, (question.params for question in call.questions))):
            looked.append(call)
            if _key(token) in tokens:
                message = f"The token {token!r} was used again while the request that had it was open."
                return failed(message, call.end, subject=call.subject)
            if call.end.reply is None:
                tokens[_key(token)] = call.tool
    return shown((call.end for call in looked), "no request of the server had a token")


@check(
    exploration,
    id="jsonrpc/reuses-request-id",
    title="The server uses an id for two requests",
    requirements=("basic/request-id-not-reused",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Count the requests of a session, and use the number as the id.",
)
def reuses_request_id(seen: Asking) -> Verdicts:
    """Clients that remember what they answered drop the second request as a repetition, and the call hangs."""
    known: set[tuple[type, object]] = set()
    asked = [(call, question) for call in seen.calls for question in call.questions if question.rpc_id is not None]
    for call, question in asked:
        if _key(question.rpc_id) in known:
            return failed(f"The id {question.rpc_id!r} was used for another request before.", *call.evidence)
        known.add(_key(question.rpc_id))
    if len(asked) < 2:
        return not_observed("the server sent no two requests in one session")
    return shown((call.end for call, _ in asked), "the server sent no two requests in one session")


def _token(params: JsonObject) -> object:
    meta = params.get("_meta")
    return meta.get("progressToken") if isinstance(meta, dict) else None


def _is_token(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _key(value: object) -> tuple[type, object]:
    """Ids are equal when value and type are."""
    return type(value), value if isinstance(value, str | int | float | None) else repr(value)
