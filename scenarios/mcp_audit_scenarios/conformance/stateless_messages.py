"""What every message of the stateless era carries, judged on all that the target sent (2026-07-28, basic)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STATELESS,
    Category,
    Exchange,
    JsonObject,
    Severity,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

_MAX_SUBJECTS = 5
_CORE_RESULT_TYPES = frozenset({"complete", "input_required"})
_MAY_ASK_FOR_INPUT = frozenset({"tools/call", "prompts/get", "resources/read"})
_DEFINED_CODES = frozenset({-32020, -32021, -32022})
_RETIRED_CODES = frozenset({-32002, -32042})
_SERVER_INFO = "io.modelcontextprotocol/serverInfo"
_LOG_LEVEL = "io.modelcontextprotocol/logLevel"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Every exchange at this revision, but for those of the older era."""

    exchanges: tuple[Exchange, ...]
    extensions: bool
    """Whether the server advertises extensions, which may add result types."""

    def results(self) -> Iterator[tuple[Exchange, JsonObject]]:
        """Yield every result that answers a request of a known method."""
        for exchange in self.exchanges:
            if exchange.sent.method is not None and exchange.result is not None:
                yield exchange, exchange.result

    def errors(self) -> Iterator[tuple[Exchange, int]]:
        """Yield every integer error code."""
        for exchange in self.exchanges:
            if exchange.error_code is not None:
                yield exchange, exchange.error_code


@scenario(spec=STATELESS, observes=True)
async def traffic(probe: Probe) -> Traffic:
    extensions = bool(probe.offer.capabilities.get("extensions"))
    # What answers initialize follows the rules of the older era.
    seen = [exchange for exchange in probe.transcript if exchange.answered and exchange.sent.method != "initialize"]
    return Traffic(tuple(seen), extensions)


def first_of_each(
    pairs: Iterator[tuple[Exchange, Any]], wrong: Callable[[Exchange, Any], str], missing: str
) -> Verdicts:
    """Fail once for each method whose message is `wrong` (a sentence), at most five times."""
    seen: list[Exchange] = []
    found: dict[str, tuple[str, Exchange]] = {}
    for exchange, value in pairs:
        seen.append(exchange)
        sentence = wrong(exchange, value)
        if sentence:
            found.setdefault(f"method:{exchange.sent.method or '-'}", (sentence, exchange))
    if found:
        return [failed(text, exchange, subject=name) for name, (text, exchange) in list(found.items())[:_MAX_SUBJECTS]]
    return passed(*seen[:_MAX_SUBJECTS]) if seen else not_observed(missing)


@check(
    traffic,
    id="stateless/result-without-type",
    title="Result lacks resultType",
    requirements=("basic/result-type-present",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Put resultType into every result: complete, or input_required.",
)
def result_without_type(seen: Traffic) -> Verdicts:
    """The type tells a client whether it holds an answer or a question; without it, it cannot know what it parses."""

    def wrong(exchange: Exchange, result: JsonObject) -> str:
        kind = result.get("resultType")
        return "" if isinstance(kind, str) else f"the result of {exchange.sent.method} has no resultType"

    return first_of_each(seen.results(), wrong, "no result was seen")


@check(
    traffic,
    id="stateless/unknown-result-type",
    title="resultType is none of the defined values",
    requirements=("basic/result-type-set",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Use complete or input_required, or a value of an extension that you advertise.",
)
def unknown_result_type(seen: Traffic) -> Verdicts:
    """A client does not know how to read a result of a type that nobody defined."""

    def wrong(exchange: Exchange, result: JsonObject) -> str:
        kind = result.get("resultType")
        if seen.extensions or not isinstance(kind, str) or kind in _CORE_RESULT_TYPES:
            return ""
        return f"the result of {exchange.sent.method} has the type {kind!r}, and no extension is advertised"

    return first_of_each(seen.results(), wrong, "no result was seen")


@check(
    traffic,
    id="stateless/input-required-elsewhere",
    title="Method that may not ask for input does",
    requirements=("mrtr/input-required-nowhere-else",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Ask for input only in answer to tools/call, prompts/get and resources/read.",
)
def input_required_elsewhere(seen: Traffic) -> Verdicts:
    """Clients implement the round trip for three methods; a question in answer to any other ends in an error."""

    def wrong(exchange: Exchange, result: JsonObject) -> str:
        asks = result.get("resultType") == "input_required" and exchange.sent.method not in _MAY_ASK_FOR_INPUT
        return f"{exchange.sent.method} asks for input" if asks else ""

    return first_of_each(seen.results(), wrong, "no result was seen")


@check(
    traffic,
    id="stateless/result-without-server-info",
    title="Result does not say which server made it",
    requirements=("discover/server-info-in-meta",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation=f"Put {_SERVER_INFO} into the _meta of every result.",
)
def result_without_server_info(seen: Traffic) -> Verdicts:
    """Without a handshake, logs and bug reports learn from the result which server and version answered."""

    def wrong(exchange: Exchange, result: JsonObject) -> str:
        meta = result.get("_meta")
        named = isinstance(meta, dict) and isinstance(meta.get(_SERVER_INFO), dict)
        return "" if named else f"the result of {exchange.sent.method} has no serverInfo in _meta"

    return first_of_each(seen.results(), wrong, "no result was seen")


@check(
    traffic,
    id="stateless/server-sends-requests",
    title="Server sends a request",
    requirements=(
        "streamable-http/no-server-requests",
        "mrtr/use-mrtr",
    ),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer input_required and let the client retry, instead of asking on a back channel.",
)
def server_sends_requests(seen: Traffic) -> Verdicts:
    """The stateless era has no way to answer it: the request hangs until somebody gives up."""
    for exchange in seen.exchanges:
        for message in exchange.server_requests:
            return failed(f"the server sent the request {message['method']!r}", exchange)
    messages = [exchange for exchange in seen.exchanges if exchange.messages]
    return passed(*messages[:_MAX_SUBJECTS]) if messages else not_observed("no message was seen")


@check(
    traffic,
    id="stateless/retired-error-code",
    title="Error code that the revision retired is still used",
    requirements=("basic/no-retired-codes",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Use -32602 for unknown resources, and input_required for URL elicitation.",
)
def retired_error_code(seen: Traffic) -> Verdicts:
    """Clients of this revision no longer know what -32002 and -32042 meant."""
    return first_of_each(
        seen.errors(),
        lambda exchange, code: f"{exchange.sent.method} gave {code}" if code in _RETIRED_CODES else "",
        "no error was seen",
    )


@check(
    traffic,
    id="stateless/undefined-reserved-code",
    title="Reserved error code is used without a definition",
    requirements=("basic/reserved-codes-only-defined",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Keep out of -32020 to -32099 but for -32020, -32021 and -32022.",
)
def undefined_reserved_code(seen: Traffic) -> Verdicts:
    """The range belongs to the specification: a later revision may give the number a meaning of its own."""

    def wrong(exchange: Exchange, code: int) -> str:
        reserved = -32099 <= code <= -32020 and code not in _DEFINED_CODES | _RETIRED_CODES
        return f"{exchange.sent.method} gave the reserved code {code}" if reserved else ""

    return first_of_each(seen.errors(), wrong, "no error was seen")


@check(
    traffic,
    id="stateless/log-without-level",
    title="Log message arrives although no level was asked for",
    requirements=("logging/no-log-without-level",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation=f"Send notifications/message only in answer to requests whose _meta has {_LOG_LEVEL}.",
)
def log_without_level(seen: Traffic) -> Verdicts:
    """Logs cost bandwidth and may tell what the caller should not see; the client decides by asking for them."""
    quiet = [exchange for exchange in seen.exchanges if exchange.messages and _LOG_LEVEL not in exchange.sent.body]
    for exchange in quiet:
        if exchange.notifications("notifications/message"):
            return failed(f"a log message came with the answer to {exchange.sent.method}", exchange)
    return passed(*quiet[:_MAX_SUBJECTS]) if quiet else not_observed("no message was seen")


@dataclass(frozen=True, slots=True)
class EventStreams:
    """Every answer that was an event stream."""

    streams: tuple[Exchange, ...]


@scenario(spec=STATELESS, transports=HTTP_ONLY, observes=True)
async def event_streams(probe: Probe) -> EventStreams:
    streams = [exchange for exchange in probe.transcript if exchange.media_type == "text/event-stream"]
    return EventStreams(tuple(streams))


@check(
    event_streams,
    id="stateless/stream-may-be-buffered",
    title="Event stream does not forbid buffering",
    requirements=("streamable-http/x-accel-buffering",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Send X-Accel-Buffering: no with every event stream.",
)
def stream_may_be_buffered(seen: EventStreams) -> Verdicts:
    """A reverse proxy that buffers holds progress and notifications back until the stream ends."""
    for exchange in seen.streams:
        if (exchange.header("x-accel-buffering") or "").strip().lower() != "no":
            return failed("an event stream came without X-Accel-Buffering: no", exchange)
    return passed(*seen.streams[:_MAX_SUBJECTS]) if seen.streams else not_observed("no event stream was seen")
