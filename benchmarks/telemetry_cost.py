"""What observing costs: one app in this process, with and without the layer, in alternating rounds.

    python benchmarks/telemetry_cost.py [--requests 1000] [--rounds 9]

Every round asks both apps for `server/discover` at 2026-07-28 with no network in between; the medians of the rounds are
compared. At 1,000 requests a second the layer's share of one processor, in percent, is a tenth of its microseconds.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time

from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from oraclepack_mcp.protocol.http_gate import HttpGate
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import Settings
from oraclepack_mcp.telemetry.asgi import Observed
from oraclepack_mcp.telemetry.metrics import Metrics
from starlette.types import ASGIApp, Message, Scope

REVISION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "1"},
}
BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": META}}).encode()
SCOPE: Scope = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/mcp",
    "raw_path": b"/mcp",
    "query_string": b"",
    "root_path": "",
    "server": ("127.0.0.1", 8000),
    "client": ("127.0.0.1", 40000),
    "headers": [
        (b"host", b"127.0.0.1:8000"),
        (b"content-type", b"application/json"),
        (b"accept", b"application/json, text/event-stream"),
        (b"mcp-protocol-version", REVISION.encode()),
        (b"mcp-method", b"server/discover"),
    ],
}


async def ask(app: ASGIApp) -> int:
    """One request; gives the status."""
    bodies: list[Message] = [{"type": "http.request", "body": BODY, "more_body": False}]
    statuses: list[int] = []

    async def receive() -> Message:
        if bodies:
            return bodies.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app({**SCOPE, "state": {}}, receive, send)
    return statuses[0]


async def microseconds(app: ASGIApp, requests: int) -> float:
    """The mean processor time of a request: other programs do not count."""
    started = time.process_time()
    for _ in range(requests):
        if await ask(app) != 200:
            raise RuntimeError("the app refused")
    return (time.process_time() - started) / requests * 1e6


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=1000, help="requests in a round, for each app")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    manager = StreamableHTTPSessionManager(app=build_server(Settings()))
    plain: ASGIApp = HttpGate(StreamableHTTPASGIApp(manager), max_message_bytes=1 << 20)
    observed = Observed(plain, Metrics())
    without: list[float] = []
    with_it: list[float] = []
    async with manager.run():
        for app in (plain, observed):
            await microseconds(app, 100)
        for _ in range(args.rounds):
            without.append(await microseconds(plain, args.requests))
            with_it.append(await microseconds(observed, args.requests))
    before, after = statistics.median(without), statistics.median(with_it)
    cost = after - before
    sys.stdout.write(f"without {before:.1f} µs, observed {after:.1f} µs: {cost:+.1f} µs, x{after / before:.4f}\n")


if __name__ == "__main__":
    asyncio.run(main())
