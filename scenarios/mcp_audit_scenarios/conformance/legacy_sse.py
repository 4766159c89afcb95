"""The HTTP+SSE transport (2024-11-05, page `basic/transports`): a stream for what the server says, POSTs for us."""

import json
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    Category,
    Exchange,
    Severity,
    SeverityByExposure,
    Transport,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .sessions import varying_bits
from .trials import how

_SSE_ONLY = frozenset({Transport.SSE})
_AS_BROWSERS = {"accept": "text/event-stream", "cache-control": "no-cache"}
"""What the EventSource of browsers sends (WHATWG HTML, section 9.2.2)."""
_DRAWN = 12
_FEWEST = 8
_ENOUGH_BITS = 64
_OPENING_S = 2.0
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Openings:
    """Streams opened one after another as browsers open them, and a conversation on one that was opened as usual."""

    url: str
    streams: tuple[Exchange, ...]
    control: Exchange

    @property
    def endpoints(self) -> tuple[tuple[str, Exchange], ...]:
        """The addresses for messages that were named, in order."""
        named = ((event.data.strip(), stream) for stream in self.streams for event in stream.events[:1])
        return tuple((data, stream) for data, stream in named if stream.events[0].event == "endpoint")


@scenario(spec=HANDSHAKE, transports=_SSE_ONLY, bench=Bench.LEGACY_SSE)
async def openings(probe: Probe) -> Openings:
    control = await probe.request("ping")
    if not control.ok:
        raise Unobservable(f"ping was answered with {how(control)}, so there is no control", control)
    streams: list[Exchange] = []
    while len(streams) < _DRAWN:
        streams.append(await probe.http("GET", headers=_AS_BROWSERS, timeout=_OPENING_S))
        if not any(event.event == "endpoint" for event in streams[-1].events):
            break
    return Openings(probe.url, tuple(streams), control)


@check(
    openings,
    id="sse/no-endpoint-event",
    title="The stream does not begin with the address for messages",
    requirements=("transports/sse-endpoint-event", "transports/sse-two-endpoints"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send the event `endpoint`, with the URI for messages as its data, as soon as a client connects.",
)
def no_endpoint_event(seen: Openings) -> Verdict:
    """A client of this transport cannot say anything before it knows where to send it."""
    opened = [stream for stream in seen.streams if stream.status == 200 and stream.media_type == "text/event-stream"]
    if not opened:
        return not_observed("no stream was opened in the way of browsers", *seen.streams, seen.control)
    for stream in opened:
        if stream.events and stream.events[0].event != "endpoint":
            return failed(f"The first event is {stream.events[0].event!r}.", stream, seen.control)
        if stream.events and not stream.events[0].data.strip():
            return failed("The event `endpoint` holds no address.", stream, seen.control)
    named = [stream for stream in opened if stream.events]
    return passed(*named, seen.control) if named else not_observed("no event came", *opened, seen.control)


@check(
    openings,
    id="sse/foreign-endpoint",
    title="The address for messages is on another origin",
    requirements=("derived/sse-endpoint-same-origin",),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Name the address for messages as a path, without scheme and host.",
)
def foreign_endpoint(seen: Openings) -> Verdict:
    """Everything that the client says goes to that address, its credentials included. Careful clients refuse another
    origin; others can be sent anywhere.
    """
    if not seen.endpoints:
        return not_observed("no stream named an address for messages", *seen.streams, seen.control)
    own = _origin(seen.url, "")
    for reference, stream in seen.endpoints:
        if _origin(seen.url, reference) != own:
            return failed(f"The server sends messages to {reference[:200]!r}.", stream, seen.control)
    return passed(*(stream for _, stream in seen.endpoints), seen.control)


def _origin(url: str, reference: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(urljoin(url, reference))
        return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None


@check(
    openings,
    id="sse/guessable-endpoint",
    title="The address of somebody's session can be guessed",
    requirements=("derived/sse-endpoint-same-origin",),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Put at least 128 bits of a secure random generator into each address, such as a UUID of version 4.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2025-6515", "https://cwe.mitre.org/data/definitions/330.html"),
)
def guessable_endpoint(seen: Openings) -> Verdict:
    """The address is all that a caller needs to speak in a session: whoever guesses it calls tools as somebody else,
    and answers what the server asks of them. It is judged as session ids are.
    """
    named = tuple(dict.fromkeys(reference for reference, _ in seen.endpoints))
    evidence = tuple(stream for _, stream in seen.endpoints)
    if len(evidence) < _FEWEST:
        return not_observed(f"only {len(evidence)} streams named an address for messages", *seen.streams, seen.control)
    if len(named) < len(evidence):
        message = f"The server named {len(named)} different addresses for messages to {len(evidence)} clients."
        return failed(message, *evidence)
    bits = varying_bits(named)
    if bits < _ENOUGH_BITS:
        message = (
            f"Among {len(named)} addresses for messages, such as {named[0][:200]!r}, at most {bits:.0f} bits differ."
        )
        return failed(message, *evidence)
    return passed(*evidence)


@dataclass(frozen=True, slots=True)
class Events:
    """Every exchange of the revision in which events arrived."""

    exchanges: tuple[Exchange, ...]


@scenario(spec=HANDSHAKE, transports=_SSE_ONLY, observes=True, bench=Bench.LEGACY_SSE)
async def events(probe: Probe) -> Events:
    """Collect every exchange with events of a stream."""
    return Events(tuple(exchange for exchange in probe.transcript if exchange.events))


@check(
    events,
    id="sse/message-under-other-name",
    title="A message arrives under another event name than message",
    requirements=("derived/sse-message-event",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send every JSON-RPC message as an event named `message`.",
)
def message_under_other_name(seen: Events) -> Verdicts:
    """Clients listen for events of that name; what comes under another one is never heard."""
    right: list[Exchange] = []
    for exchange in seen.exchanges:
        for event in exchange.events:
            if event.event == "message":
                right += [exchange] if exchange.answered else []
            elif _is_message(event.data):
                return failed(f"The server sent a message as an event named {event.event!r}.", exchange)
    return passed(*right) if right else not_observed("no message arrived")


def _is_message(data: str) -> bool:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "jsonrpc" in value
