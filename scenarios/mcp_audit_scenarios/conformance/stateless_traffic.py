"""Codes, traces and notifications of the stateless era, judged on all that the target sent (2026-07-28, basic)."""

import re
from collections.abc import Iterator
from typing import Any

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import (
    Category,
    Exchange,
    JsonObject,
    Severity,
    Transport,
    failed,
    not_applicable,
    not_observed,
    passed,
)

from .stateless_messages import Traffic, first_of_each, traffic

_MAX_SUBJECTS = 5
_PROTOCOL_ERRORS = frozenset({-32020, -32021, -32022})
_STANDARD = frozenset({-32700, -32600, -32601, -32602, -32603})
_OLD = frozenset({-32000, -32001})
_CORE_RESULT_TYPES = frozenset({"complete", "input_required"})
_OF_SUBSCRIPTIONS = re.compile(r"notifications/(tools|prompts|resources)/(list_changed|updated)")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_PAIRS = re.compile(r"\s*[^\s=,;]+\s*=[^,]*(,(\s*[^\s=,;]+\s*=[^,]*|\s*))*")
_LISTEN = "subscriptions/listen"
_CANCELLED = "notifications/cancelled"


@check(
    traffic,
    id="stateless/protocol-error-without-400",
    title="Protocol error does not come with HTTP 400",
    requirements=("schema/protocol-errors-http-400", "streamable-http/unsupported-version-400"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send -32020, -32021 and -32022 with HTTP status 400.",
)
def protocol_error_without_400(seen: Traffic) -> Verdicts:
    """Gateways look at the status alone: 200 tells them that all is well. Errors on a stream that has begun are not
    judged, since its status is out already.
    """
    if seen.exchanges and all(exchange.transport is not Transport.HTTP for exchange in seen.exchanges):
        return not_applicable("a status belongs to HTTP")
    single = [
        exchange
        for exchange in seen.exchanges
        if exchange.status is not None
        and exchange.media_type != "text/event-stream"
        and exchange.error_code in _PROTOCOL_ERRORS
    ]
    failures = [
        failed(
            f"{exchange.sent.method} was refused with {exchange.error_code} and HTTP {exchange.status}",
            exchange,
            subject=f"code:{exchange.error_code}",
        )
        for exchange in single
        if exchange.status != 400
    ]
    once = {verdict.subject: verdict for verdict in reversed(failures)}
    if once or single:
        return list(once.values()) or passed(*single[:_MAX_SUBJECTS])
    return not_observed("no protocol error was seen")


@check(
    traffic,
    id="stateless/new-code-in-legacy-range",
    title="New error code in the range of old implementations",
    requirements=("basic/no-new-legacy-codes",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Give errors of your own a code outside -32768 to -32000.",
)
def new_code_in_legacy_range(seen: Traffic) -> Verdicts:
    """The range is full of old meanings, so that a client can only guess at what the number says here."""

    def wrong(exchange: Exchange, code: int) -> str:
        return f"{exchange.sent.method} gave {code}" if -32019 <= code <= -32003 else ""

    return first_of_each(seen.errors(), wrong, "no error was seen")


@check(
    traffic,
    id="stateless/code-in-legacy-range",
    title="Error code of old implementations is still used",
    requirements=("basic/avoid-legacy-codes",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Use the codes that the specification defines, or one outside -32768 to -32000.",
)
def code_in_legacy_range(seen: Traffic) -> Verdicts:
    """SDKs have used -32000 and -32001 for a closed connection, a timeout and more: a client cannot act on them."""

    def wrong(exchange: Exchange, code: int) -> str:
        return f"{exchange.sent.method} gave {code}" if code in _OLD else ""

    return first_of_each(seen.errors(), wrong, "no error was seen")


@check(
    traffic,
    id="stateless/application-code-in-reserved-range",
    title="Error code of the application in the range that JSON-RPC reserves",
    requirements=("basic/app-codes-outside-range",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Give errors of your own a code outside -32768 to -32000.",
)
def application_code_in_reserved_range(seen: Traffic) -> Verdicts:
    """A later version of JSON-RPC may give the number a meaning of its own."""

    def wrong(exchange: Exchange, code: int) -> str:
        reserved = -32768 <= code <= -32100 and code not in _STANDARD
        return f"{exchange.sent.method} gave {code}" if reserved else ""

    return first_of_each(seen.errors(), wrong, "no error was seen")


@check(
    traffic,
    id="stateless/forces-extension",
    title="Result of an extension is sent to a client that did not declare it",
    requirements=("versioning/extension-fallback",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Fall back to the core protocol, or answer an error, where the client does not declare the extension.",
)
def forces_extension(seen: Traffic) -> Verdicts:
    """The client of this audit declares no extension, so it cannot know how to read the result."""

    def wrong(exchange: Exchange, result: JsonObject) -> str:
        kind = result.get("resultType")
        declared = "clientCapabilities" in exchange.sent.body and '"extensions"' in exchange.sent.body
        if not seen.extensions or declared or not isinstance(kind, str) or kind in _CORE_RESULT_TYPES:
            return ""
        return f"the result of {exchange.sent.method} has the type {kind[:60]!r}, and the client declared no extension"

    return first_of_each(seen.results(), wrong, "no result was seen")


@check(
    traffic,
    id="stateless/malformed-trace-context",
    title="Trace context is not in the format of W3C",
    requirements=("basic/trace-context-format",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Write traceparent, tracestate and baggage of _meta as the W3C recommendations say.",
    references=("https://www.w3.org/TR/trace-context/", "https://www.w3.org/TR/baggage/"),
)
def malformed_trace_context(seen: Traffic) -> Verdicts:
    """Tracing tools drop what they cannot read, and with it the link between a call and what it caused."""
    for exchange in seen.exchanges:
        for meta in _metas(exchange):
            for name, form in (("traceparent", _TRACEPARENT), ("tracestate", _PAIRS), ("baggage", _PAIRS)):
                value = meta.get(name, "")
                if name in meta and not (isinstance(value, str) and len(value) < 9000 and form.fullmatch(value)):
                    return failed(f"the {name} of an answer to {exchange.sent.method} is malformed", exchange)
    messages = [exchange for exchange in seen.exchanges if exchange.messages]
    return passed(*messages[:_MAX_SUBJECTS]) if messages else not_observed("no message was seen")


def _metas(exchange: Exchange) -> Iterator[JsonObject]:
    for message in exchange.objects:
        for part in (message.get("params"), message.get("result")):
            meta = part.get("_meta") if isinstance(part, dict) else None
            if isinstance(meta, dict):
                yield meta


@check(
    traffic,
    id="stateless/change-told-to-a-request",
    title="Change is told on the stream of a request that has nothing to do with it",
    requirements=("streamable-http/notifications-relate-to-request",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Tell changes to those who listen for them, on the stream of subscriptions/listen.",
)
def change_told_to_a_request(seen: Traffic) -> Verdicts:
    """A client reads the stream of a request for its progress and its answer; anything else there goes unheard."""
    requests = [
        exchange
        for exchange in seen.exchanges
        if exchange.transport is Transport.HTTP and exchange.sent.method != _LISTEN and exchange.messages
    ]
    for exchange in requests:
        for message in exchange.notifications():
            method = message["method"]
            if isinstance(method, str) and _OF_SUBSCRIPTIONS.fullmatch(method):
                return failed(f"{method} came with the answer to {exchange.sent.method}", exchange)
    if not requests:
        return not_applicable("on stdio all messages share one stream")
    return passed(*requests[:_MAX_SUBJECTS])


@check(
    traffic,
    id="cancellation/cancels-what-is-no-subscription",
    title="Server cancels something that is no subscription",
    requirements=("cancellation/server-cancel-only-subscriptions", "cancellation/server-cancel-names-listen"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send notifications/cancelled for the id of a subscriptions/listen request alone; answer all others.",
)
def cancels_what_is_no_subscription(seen: Traffic) -> Verdicts:
    """A client that is told that its request is cancelled waits for an answer that it should have got."""
    listening = [exchange.sent.rpc_id for exchange in seen.exchanges if exchange.sent.method == _LISTEN]
    for exchange in seen.exchanges:
        for message in exchange.notifications(_CANCELLED):
            params = message.get("params")
            cancelled: Any = params.get("requestId") if isinstance(params, dict) else None
            if not any(type(cancelled) is type(known) and cancelled == known for known in listening):
                return failed(f"the server cancelled the request {str(cancelled)[:40]!r}", exchange)
    messages = [exchange for exchange in seen.exchanges if exchange.messages]
    return passed(*messages[:_MAX_SUBJECTS]) if messages else not_observed("no message was seen")
