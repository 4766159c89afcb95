"""GET, and verbs that the endpoint does not offer (page `basic/transports`, Streamable HTTP; RFC 9110)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .streamable_http import STREAMABLE, STREAMABLE_SESSIONS
from .trials import how, plain_method

_WATCHED_S = 0.2


@dataclass(frozen=True, slots=True)
class GetStream:
    """A GET stream, a request that was made while it was open, and what arrived on the stream."""

    opening: Exchange
    control: Exchange
    heard: Exchange | None

    @property
    def streams(self) -> bool:
        """Whether the GET was answered with a stream."""
        return self.opening.status == 200 and self.opening.media_type == "text/event-stream"


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY)
async def get_stream(probe: Probe) -> GetStream:
    async with probe.session() as session:
        if not session.usable:
            raise Unobservable("no session could be opened", *([session.opening] if session.opening else []))
        async with session.stream() as stream:
            control = await session.request("ping")
            opened = stream.opening.status == 200
            return GetStream(stream.opening, control, await stream.collect(timeout=_WATCHED_S) if opened else None)


@check(
    get_stream,
    id="http/get-neither-stream-nor-405",
    title="GET gives neither an event stream nor 405",
    requirements=("transports/get-sse-or-405", "transports/single-endpoint-post-get"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer GET with a text/event-stream, or with 405 Method Not Allowed if you offer none.",
)
def get_neither_stream_nor_405(seen: GetStream) -> Verdict:
    """Clients open the stream right after the handshake. They take 405 for 'no stream here' and go on; any other
    refusal is an error to them, and some give up the connection.
    """
    if not seen.control.ok:
        return not_observed(f"ping was answered with {how(seen.control)}", seen.control, seen.opening)
    if not seen.opening.answered or seen.opening.status is None:
        return not_observed("GET was not answered", seen.opening, seen.control)
    if seen.streams or seen.opening.status == 405:
        return passed(seen.opening, seen.control)
    kind = f" and Content-Type {seen.opening.media_type}" if seen.opening.status == 200 else ""
    return failed(f"The server answered GET with HTTP {seen.opening.status}{kind}.", seen.opening, seen.control)


@check(
    get_stream,
    id="http/response-on-get-stream",
    title="A response arrives on the GET stream",
    requirements=("transports/get-stream-no-response",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send a response on the answer to its POST only; the GET stream is for requests and notifications.",
)
def response_on_get_stream(seen: GetStream) -> Verdict:
    """A client looks for a response where it sent the request. On the other stream it is lost, or is taken for the
    answer to a request that has the same id by now.
    """
    if not seen.streams or seen.heard is None or not seen.opening.answered:
        return not_applicable("the server offers no GET stream", seen.opening)
    if seen.heard.responses:
        found = seen.heard.responses[0].get("id")
        return failed(f"The server sent a response with the id {found!r} on the GET stream.", seen.heard, seen.control)
    if not seen.control.ok:
        return not_observed(f"ping was answered with {how(seen.control)}", seen.control, seen.opening)
    return passed(seen.opening, seen.control, seen.heard)


@dataclass(frozen=True, slots=True)
class OtherVerb:
    """The plain request by POST, and by PUT."""

    control: Exchange
    put: Exchange


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING)
async def other_verb(probe: Probe) -> OtherVerb:
    async with probe.session() as session:
        control = await session.request(plain_method(probe))
        if not control.ok:
            raise Unobservable(f"{plain_method(probe)} was answered with {how(control)}", control)
        kept = {"accept", "content-type"}
        headers = {name: value for name, value in control.sent.headers if name in kept}
        return OtherVerb(control, await session.http("PUT", headers=headers, body=control.sent.body.encode()))


@check(
    other_verb,
    id="http/serves-other-verb",
    title="A request sent by PUT is served, or breaks the server",
    requirements=("derived/method-not-allowed-405",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Route POST, GET and DELETE only, and answer every other method with 405.",
)
def serves_other_verb(seen: OtherVerb) -> Verdict:
    """Rules in front of a server name the verbs that they guard. A verb that is served without being part of the
    protocol goes around them; one that ends in a server error was never thought of.
    """
    if not seen.put.answered or seen.put.status is None:
        return not_observed("PUT was not answered", seen.put, seen.control)
    if seen.put.ok or 500 <= seen.put.status != 501:
        return failed(f"The server answered PUT with {how(seen.put)}.", seen.put, seen.control)
    return passed(seen.put, seen.control)


@check(
    other_verb,
    id="http/405-without-allow",
    title="405 does not say which methods are allowed",
    requirements=("derived/method-not-allowed-405",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Send an Allow header, such as `Allow: GET, POST, DELETE`, with every 405.",
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6",),
)
def method_refused_without_allow(seen: OtherVerb) -> Verdict:
    """HTTP demands the header: it is how a client or its author learns what the endpoint is for."""
    if not seen.put.answered or seen.put.status != 405:
        return not_observed(f"PUT was answered with {how(seen.put)}, not with 405", seen.put, seen.control)
    if seen.put.header("allow") is None:
        return failed("The server sent 405 without an Allow header.", seen.put, seen.control)
    return passed(seen.put, seen.control)
