"""JSON-RPC rules that hold for every message, judged on all that was said."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import Category, Exchange, JsonObject, Severity, Verdict, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

_LONGEST_MESSAGE = 300
_LONG_REQUEST = 2000
_MOST = 5
_JUDGED_ELSEWHERE = frozenset({"jsonrpc.request_ids", "jsonrpc.unknown_methods"})
"""Scenarios about ids, which have checks of their own."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Every exchange of the revision in which the target said something."""

    exchanges: tuple[Exchange, ...]


@scenario(observes=True)
async def traffic(probe: Probe) -> Traffic:
    """Collect every exchange with a message of the target."""
    return Traffic(tuple(exchange for exchange in probe.transcript if exchange.messages))


@check(
    traffic,
    id="jsonrpc/verbose-error-message",
    title="An error message is no concise sentence",
    requirements=("schema/error-message-concise",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Say in one short sentence what was wrong, and put details into error.data.",
)
def verbose_error_message(seen: Traffic) -> Verdicts:
    """Error messages end up in front of users and in the context of models. Pages of validator output cost both, and
    often show internals.
    """
    found = [
        (exchange, error["message"])
        for exchange in seen.exchanges
        if len(exchange.sent.body) <= _LONG_REQUEST and "\\n" not in exchange.sent.body
        for response in exchange.responses
        if isinstance(error := response.get("error"), dict) and isinstance(error.get("message"), str)
    ]
    failures: dict[str, Verdict] = {}
    for exchange, text in found:
        what = f"of {len(text)} characters" if len(text) > _LONGEST_MESSAGE else "of several lines"
        if len(text) > _LONGEST_MESSAGE or "\n" in text.strip():
            method = exchange.sent.method or "a message without a method"
            subject = f"method:{exchange.sent.method or 'none'}"
            failures.setdefault(
                subject, failed(f"The server sent an error message {what} for {method}.", exchange, subject=subject)
            )
    return _verdict(failures.values(), (exchange for exchange, _ in found), "no error was seen")


@check(
    traffic,
    id="jsonrpc/response-id-mismatch",
    title="A request is answered under another id",
    requirements=("basic/response-id-matches",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send every response with the id of its request, on the stream of that request.",
)
def response_id_mismatch(seen: Traffic) -> Verdicts:
    """Clients give a response to the request that has its id. An answer under another id hangs one request and gives
    the other a result that is not its own; servers that mix up connections leak data that way.
    """
    asked = list(_asked(seen.exchanges))
    failures = [
        failed(
            f"The server answered the request {exchange.sent.rpc_id!r} ({exchange.sent.method}) "
            f"with the id {exchange.responses[0].get('id')!r}.",
            exchange,
        )
        for exchange in asked
        if exchange.responses and exchange.reply is None
    ]
    return _verdict(failures[:1], asked, "no request was answered")


@check(
    traffic,
    id="jsonrpc/stray-response",
    title="A response arrives that nobody asked for",
    requirements=("basic/response-id-matches",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send one response for each request, on the stream of that request, and no other.",
)
def stray_response(seen: Traffic) -> Verdicts:
    """A response to no request of this client is the answer to somebody else's, or to one that was answered already.
    On shared transports that is a leak.
    """
    asked = list(_asked(seen.exchanges))
    failures = []
    for exchange in asked:
        others = [item.get("id") for item in exchange.responses if _is_foreign(item, exchange)]
        if exchange.reply is not None and others:
            message = f"With the response to {exchange.sent.rpc_id!r} came one with the id {others[0]!r}."
            failures.append(failed(message, exchange))
    return _verdict(failures[:1], asked, "no request was answered")


@check(
    traffic,
    id="jsonrpc/result-and-error",
    title="A response has both a result and an error",
    requirements=("basic/not-both-result-and-error", "basic/jsonrpc-2-0-conformance"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send either result or error; leave the other member out, do not set it to null.",
)
def result_and_error(seen: Traffic) -> Verdicts:
    """Some clients look for result first, some for error. With both members they disagree on whether the request
    succeeded.
    """
    return _each(seen, _is_response, _has_both, "The server sent a response with both a result and an error.")


@check(
    traffic,
    id="jsonrpc/notification-with-id",
    title="A notification has an id",
    requirements=("basic/notification-without-id",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Leave the member id out of notifications; null is not the same.",
)
def notification_with_id(seen: Traffic) -> Verdicts:
    """With an id a notification is a request: clients answer it with method not found, and do not act on it."""
    return _each(seen, _is_notification, lambda item: "id" in item, "The server sent a notification with an id.")


def _each(
    seen: Traffic, concerned: Callable[[JsonObject], bool], wrong: Callable[[JsonObject], bool], message: str
) -> Verdicts:
    found = [(exchange, item) for exchange in seen.exchanges for item in exchange.objects if concerned(item)]
    failures = [failed(message, exchange) for exchange, item in found if wrong(item)]
    return _verdict(failures[:1], (exchange for exchange, _ in found), "no such message was seen")


def _verdict(failures: Iterable[Verdict], evidence: Iterable[Exchange], why_nothing: str) -> Verdicts:
    found = list(failures)[:_MOST]
    if found:
        return found
    shown = list(evidence)[:_MOST]
    return passed(*shown) if shown else not_observed(why_nothing)


def _asked(exchanges: tuple[Exchange, ...]) -> Iterator[Exchange]:
    """Yield the exchanges that began with one request under a legal id."""
    for exchange in exchanges:
        is_one_request = exchange.sent.method is not None and exchange.sent.rpc_id is not None
        if is_one_request and exchange.responses and exchange.scenario not in _JUDGED_ELSEWHERE:
            yield exchange


def _is_foreign(item: JsonObject, exchange: Exchange) -> bool:
    theirs = item.get("id")
    return theirs is not None and not (type(theirs) is type(exchange.sent.rpc_id) and theirs == exchange.sent.rpc_id)


def _is_response(item: JsonObject) -> bool:
    return "method" not in item and ("result" in item or "error" in item)


def _has_both(item: JsonObject) -> bool:
    return "result" in item and "error" in item


def _is_notification(item: JsonObject) -> bool:
    return str(item.get("method", "")).startswith("notifications/")
