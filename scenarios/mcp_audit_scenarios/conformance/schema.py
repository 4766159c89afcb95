"""Every message of the target against the wire schema of the revision: one check for each kind of message.

The transcript records what the schema finds as messages arrive, whatever they were sent in answer to. The members
that only the stateless era has (`resultType`, `ttlMs`, `cacheScope`, the whole of `server/discover`) have checks of
their own.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mcp_audit_harness.declare import Check, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Era,
    Exchange,
    Revision,
    SchemaViolation,
    Severity,
    Transport,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

_MOST = 5
_SHOWN = 3
_HTTP_ERRORS = 400
_EMPTY = frozenset({"ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"})
_JUDGED_ELSEWHERE = re.compile(
    r"resultType|ttlMs|cacheScope|^inputRequests(\.[^.\s]+)? |^inputRequests\.[^.\s]+\.params"
    r"|^completion\.values \S+ \["  # too many values
)
_INDEX = re.compile(r"\[\d+\]")
_FIX = "Compare the message with the schema of the revision that was negotiated, and send what it asks for."


@dataclass(frozen=True, slots=True)
class Messages:
    """Every exchange of the revision in which the target sent a message."""

    exchanges: tuple[Exchange, ...]


Judge: TypeAlias = Callable[[Messages], Verdicts]


@scenario(observes=True)
async def messages(probe: Probe) -> Messages:
    """Collect every exchange with a message of the target."""
    return Messages(tuple(exchange for exchange in attributable(probe.transcript) if exchange.messages))


def attributable(transcript: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """Return the exchanges but for results under an id that a session used for two methods: they may be of either."""
    exchanges = tuple(transcript)
    used: dict[tuple[str, object], set[str | None]] = {}
    for exchange in exchanges:
        used.setdefault(_place(exchange), set()).add(exchange.sent.method)
    return tuple(one for one in exchanges if one.result is None or not _place(one)[0] or len(used[_place(one)]) < 2)


def _place(exchange: Exchange) -> tuple[str, object]:
    """Return the session that an HTTP request names, and its id."""
    return dict(exchange.sent.headers).get("mcp-session-id", ""), exchange.sent.rpc_id


def _shapes(name: str, method: str, *also: str, severity: Severity = Severity.MEDIUM) -> Callable[[Judge], Check]:
    """Declare the check of the results of one method; `also` are duties that the schema of the result holds, too."""
    return check(
        messages,
        id=name,
        title=f"The result of {method} does not fit the schema",
        requirements=("derived/result-schema-conformance", *also),
        severity=severity,
        category=Category.CONFORMANCE,
        remediation=_FIX,
    )


@check(
    messages,
    id="schema/initialize-result",
    title="The result of initialize does not fit the schema",
    requirements=("lifecycle/initialize-result",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation=_FIX,
)
def initialize_result(seen: Messages) -> Verdicts:
    """Clients with strict types refuse the whole server when the first result does not fit."""
    return _result(seen, "initialize")


@_shapes("schema/tools-list-result", "tools/list", "tools/input-schema-object", "derived/input-schema-type-object")
def tools_list_result(seen: Messages) -> Verdicts:
    """One tool that does not fit makes clients with strict types drop the whole list."""
    return _result(seen, "tools/list")


@_shapes(
    "schema/tools-call-result",
    "tools/call",
    "derived/content-types-2024",
    "derived/content-types-2025-03",
    "derived/structured-content-object",
)
def tools_call_result(seen: Messages) -> Verdicts:
    """The content of a call goes to a model. What does not fit is dropped on the way, or taken for something else."""
    return _result(seen, "tools/call")


@_shapes("schema/resources-list-result", "resources/list")
def resources_list_result(seen: Messages) -> Verdicts:
    """One resource that does not fit makes clients with strict types drop the whole list."""
    return _result(seen, "resources/list")


@_shapes("schema/resource-templates-list-result", "resources/templates/list")
def resource_templates_list_result(seen: Messages) -> Verdicts:
    """One template that does not fit makes clients with strict types drop the whole list."""
    return _result(seen, "resources/templates/list")


@_shapes("schema/resources-read-result", "resources/read")
def resources_read_result(seen: Messages) -> Verdicts:
    """Contents are text or blob, with the URI that they belong to; a client cannot show anything else."""
    return _result(seen, "resources/read")


@_shapes("schema/prompts-list-result", "prompts/list")
def prompts_list_result(seen: Messages) -> Verdicts:
    """One prompt that does not fit makes clients with strict types drop the whole list."""
    return _result(seen, "prompts/list")


@_shapes("schema/prompts-get-result", "prompts/get", "derived/content-types-2024", "derived/content-types-2025-03")
def prompts_get_result(seen: Messages) -> Verdicts:
    """A prompt goes into the conversation as it is; a message without role or content cannot."""
    return _result(seen, "prompts/get")


@_shapes("schema/completion-result", "completion/complete", severity=Severity.LOW)
def completion_result(seen: Messages) -> Verdicts:
    """Completions arrive with every key that a user presses; a client that stumbles does so each time."""
    return _result(seen, "completion/complete")


@check(
    messages,
    id="schema/empty-result",
    title="A result without members does not fit the schema",
    requirements=("ping/ping-empty-response",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation=_FIX,
)
def empty_result(seen: Messages) -> Verdicts:
    """ping, logging/setLevel and the subscriptions to resources are answered with an object, however empty: null,
    true or a text are no results.
    """
    return _result(seen, *_EMPTY)


@check(
    messages,
    id="schema/error-object",
    title="An error does not fit the schema",
    requirements=("basic/error-code-integer", "basic/error-member-shape", "basic/results-and-errors-shape"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send errors as an object with an integer code and a string message.",
)
def error_object(seen: Messages) -> Verdicts:
    """Clients decide by the code and show the message. An error that lacks one of them, or has it in another type,
    breaks the client at the moment when something has gone wrong already.
    """
    return _judged(seen, "error", lambda exchange: any("error" in item for item in exchange.responses))


@check(
    messages,
    id="schema/server-request",
    title="A request of the server does not fit the schema",
    requirements=(
        "basic/jsonrpc-2-0-conformance",
        "basic/request-id-type",
        "derived/elicitation-flat-schema",
        "elicitation/elicitation-required-params",
        "elicitation/form-mode-params",
        "elicitation/url-mode-params",
        "progress/progress-token-type",
    ),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation=_FIX,
)
def server_request(seen: Messages) -> Verdicts:
    """What a client cannot read it refuses: the sampling, the elicitation or the roots that the server needs do not
    come.
    """
    if any(Revision(exchange.revision).era is Era.STATELESS for exchange in seen.exchanges):
        return not_applicable("servers send no requests in this revision")
    return _judged(seen, "request", lambda exchange: bool(exchange.server_requests))


@check(
    messages,
    id="schema/notification",
    title="A notification of the server does not fit the schema",
    requirements=("basic/jsonrpc-2-0-conformance",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation=_FIX,
)
def notification(seen: Messages) -> Verdicts:
    """A notification that cannot be read is dropped without a word, and nobody learns what it said."""
    return _judged(seen, "notification", lambda exchange: bool(exchange.notifications()))


@check(
    messages,
    id="schema/envelope",
    title="A message is no JSON-RPC message",
    requirements=(
        "basic/jsonrpc-2-0-conformance",
        "basic/request-id-not-null",
        "basic/result-member-present",
        "basic/result-or-error-present",
    ),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation='Send objects with "jsonrpc": "2.0" and either a method, a result with its id, or an error.',
)
def envelope(seen: Messages) -> Verdicts:
    """The envelope is what every client looks at first. Lenient ones guess, strict ones close the connection."""
    return _judged(seen, "envelope", lambda exchange: bool(exchange.objects))


def _result(seen: Messages, *methods: str) -> Verdicts:
    return _judged(
        seen, "result", lambda exchange: exchange.sent.method in methods and "result" in (exchange.reply or {})
    )


def _judged(seen: Messages, kind: str, concerned: Callable[[Exchange], bool]) -> Verdicts:
    """Return a FAIL for each distinct violation in messages of a kind, at most five; list items count as one."""
    shown = [exchange for exchange in seen.exchanges if concerned(exchange) and not _is_document(exchange)]
    if not shown:
        return not_observed("no such message was seen")
    failures: dict[tuple[str, str], Verdict] = {}
    for exchange in shown:
        for violation in _of_kind(kind, exchange):
            place, found = _INDEX.sub("[*]", violation.path), _INDEX.sub("[*]", violation.message)
            message = f"The server sent a message that is no {violation.definition}: {violation.message}."
            failures.setdefault((place, found), failed(message, exchange, subject=f"member:{place or '/'}"))
    return list(failures.values())[:_MOST] or passed(*shown[:_SHOWN])


def _is_document(exchange: Exchange) -> bool:
    """Whether HTTP answered with JSON that is no message: the reason of an error, or a page about the server."""
    if exchange.transport is not Transport.HTTP or exchange.events:
        return False
    if exchange.sent.verb == "POST" and (exchange.status or 0) < _HTTP_ERRORS:
        return False
    return not any("jsonrpc" in item or isinstance(item.get("error"), dict) for item in exchange.objects)


def _of_kind(kind: str, exchange: Exchange) -> Iterator[SchemaViolation]:
    for violation in exchange.violations:
        elsewhere = _JUDGED_ELSEWHERE.search(f"{violation.path} {violation.message}") is not None
        if _kind(violation) == kind and not elsewhere and not _is_our_id(violation, exchange):
            yield violation


def _kind(violation: SchemaViolation) -> str:
    """Return what kind of message a violation is about."""
    found = next((kind for ending, kind in _KINDS if violation.definition.endswith(ending)), "envelope")
    return "envelope" if found != "result" and violation.path in _ENVELOPE else found


_ENVELOPE = frozenset({"jsonrpc", "id", "method"})
_KINDS = (
    ("JSONRPCResultResponse", "envelope"),
    ("ResultResponse", "result"),
    ("Result", "result"),
    ("Error", "error"),
    ("ErrorResponse", "error"),
    ("JSONRPCRequest", "envelope"),
    ("JSONRPCNotification", "envelope"),
    ("Request", "request"),
    ("Notification", "notification"),
)


def _is_our_id(violation: SchemaViolation, exchange: Exchange) -> bool:
    """Whether a violation is about the id of an answer to a message that had no usable one."""
    return violation.path == "id" and exchange.sent.rpc_id is None
