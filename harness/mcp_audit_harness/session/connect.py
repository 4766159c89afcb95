"""Picks the connector for a target; tells a legacy HTTP+SSE endpoint from a Streamable HTTP one."""

from ..model import HttpTarget, Revision, Target, Transport
from .bounds import Bounds
from .connector import Connector
from .http import HttpConnector
from .lines import LineConnector
from .sse import SseConnector
from .transcript import Transcript

_SCENARIO = "preflight"


async def connect(target: Target, transcript: Transcript, bounds: Bounds) -> Connector:
    """Return a connector to `target`; sends nothing to a target whose transport is known."""
    if not isinstance(target, HttpTarget):
        return LineConnector(target, transcript, bounds)
    if target.transport is Transport.SSE:
        return SseConnector(target, transcript, bounds)
    connector = HttpConnector(target, transcript, bounds)
    if target.transport is None and await _is_legacy(connector):
        await connector.aclose()
        return SseConnector(target, transcript, bounds)
    return connector


async def _is_legacy(connector: HttpConnector) -> bool:
    """Follow the fallback that the 2025-03-26 transports page describes: POST first; on 404 or 405 look at GET."""
    body = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    posted = await connector.http(Revision.V2025_11_25, _SCENARIO, "POST", headers=headers, body=body)
    if posted.status not in {404, 405} or posted.messages:
        return False
    opened = await connector.http(
        Revision.V2024_11_05, _SCENARIO, "GET", headers={"accept": "text/event-stream"}, timeout=2.0
    )
    return any(event.event == "endpoint" for event in opened.events)
