"""What revisions brought to the transports, and whether a server has it."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, feature, scenario
from mcp_audit_harness.model import (
    Effort,
    Exchange,
    Priority,
    Sighting,
    Transport,
    implemented,
    missing,
    since,
    unseen,
)
from mcp_audit_harness.probe import Probe

from .batches import Batch, batches
from .http_verbs import GetStream, get_stream
from .http_versions import VersionHeaders, version_headers
from .sessions import SessionIds, session_ids
from .trials import how, plain_method, refused_by_status


@dataclass(frozen=True, slots=True)
class OverHttp:
    """A plain request, as it went over the transport that the target has at its URL."""

    streamable: bool
    answer: Exchange


@scenario(spec=since("2025-03-26"), transports=frozenset({Transport.HTTP, Transport.SSE}))
async def over_http(probe: Probe) -> OverHttp:
    answer = await probe.request(plain_method(probe))
    if not answer.ok:
        raise Unobservable(f"{plain_method(probe)} was answered with {how(answer)}", answer)
    return OverHttp(probe.transport is Transport.HTTP, answer)


@feature(
    over_http,
    id="http/streamable-http",
    title="Streamable HTTP: one endpoint for everything",
    since="2025-03-26",
    page="basic/transports#streamable-http",
    priority=Priority.HIGH,
    effort=Effort.LARGE,
    remediation="Serve one path that answers each POST by itself; keep the older two endpoints beside it while needed.",
)
def streamable_http(seen: OverHttp) -> Sighting:
    """It replaces the transport of 2024-11-05, which new clients no longer speak: no stream has to be open before
    anything can be said, and servers can be stateless behind a balancer.
    """
    if seen.streamable:
        return implemented("a POST to the endpoint was answered", seen.answer)
    return missing("the server speaks the HTTP+SSE transport of 2024-11-05 at this address", seen.answer)


@feature(
    session_ids,
    id="http/sessions",
    title="Sessions over HTTP",
    since="2025-03-26",
    until="2026-07-28",
    page="basic/transports#session-management",
    priority=Priority.LOW,
    remediation="Assign Mcp-Session-Id with the result of initialize where you keep state between requests.",
    requirements=("transports/may-assign-session",),
)
def sessions(seen: SessionIds) -> Sighting:
    """What needs state between requests needs them: resource subscriptions, questions to the client, log levels. A
    server without any such thing does well without sessions.
    """
    if seen.ids:
        return implemented("initialize assigns a session id", *seen.openings[:1])
    return missing("initialize assigns no session id: the server keeps no state between requests", *seen.openings[:1])


@feature(
    get_stream,
    id="http/server-stream",
    title="A stream for what the server says by itself",
    since="2025-03-26",
    until="2026-07-28",
    page="basic/transports#listening-for-messages-from-the-server",
    priority=Priority.LOW,
    remediation="Answer GET on the endpoint with a text/event-stream, and send list changes and updates on it.",
    requirements=(
        "transports/get-stream-messages",
        "transports/server-may-close-get-stream",
        "transports/get-messages-may-batch",
    ),
)
def server_stream(seen: GetStream) -> Sighting:
    """Without it a client that asks nothing hears nothing: it learns of changed lists and resources by polling."""
    if seen.streams:
        return implemented("GET is answered with a stream", seen.opening)
    if seen.opening.status in {200, 405} and seen.opening.answered:
        kind = f" and {seen.opening.media_type or 'no type'}" if seen.opening.status == 200 else ""
        return missing(f"GET is answered with HTTP {seen.opening.status}{kind}", seen.opening)
    return unseen(f"GET was answered with {how(seen.opening)}")


@feature(
    version_headers,
    id="http/version-header",
    title="The header MCP-Protocol-Version is looked at",
    since="2025-06-18",
    until="2026-07-28",
    page="basic/transports#protocol-version-header",
    priority=Priority.MEDIUM,
    effort=Effort.SMALL,
    remediation="Refuse requests whose header names a version that you do not support with 400.",
)
def version_header(seen: VersionHeaders) -> Sighting:
    """It tells every server behind a balancer, and every proxy, which rules a request follows, without a look into the
    session.
    """
    refused = [exchange for exchange in seen.odd if refused_by_status(exchange)]
    served = [exchange for exchange in seen.odd if exchange.ok]
    if refused and not served:
        return implemented("versions that do not exist are refused", *refused, seen.control)
    if served:
        return missing("a request for a version that does not exist is served", *served, seen.control)
    return unseen("no request with an odd version was answered")


@feature(
    batches,
    id="jsonrpc/batches",
    title="Batches of messages",
    since="2025-03-26",
    until="2025-06-18",
    page="basic#batching",
    priority=Priority.LOW,
    remediation="Accept JSON arrays of messages at 2025-03-26, or do not offer that revision, the only one with them.",
)
def message_batches(seen: Batch) -> Sighting:
    """One revision let clients bundle requests; the next one took it back."""
    if seen.answered_ids:
        return implemented("a batch of two requests was answered", seen.batch)
    if seen.batch.refused:
        return missing(f"a batch of two requests was answered with {how(seen.batch)}", seen.batch, seen.control)
    return unseen("no answer came to a batch")
