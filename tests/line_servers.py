"""Small servers for tests of the line transports: as functions in memory, and as the source of a child process."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from mcp_audit_harness.model import Consent, JsonObject, Offer, Revision, StdioTarget, Survey, Transport
from mcp_audit_harness.model.survey import Exposure
from mcp_audit_harness.session.bounds import Bounds
from mcp_audit_harness.session.lines import LineConnector
from mcp_audit_harness.session.live import LiveProbe
from mcp_audit_harness.session.pool import SessionPool
from mcp_audit_harness.session.transcript import Transcript
from mcp_audit_harness.transport.memory import MemoryTarget, ReceiveLine, SendLine

HANDSHAKE = Revision.V2025_11_25
STATELESS = Revision.V2026_07_28

Handle = Callable[[JsonObject, SendLine], Awaitable[bool]]
"""Takes a message before the clean server does; returns whether it has dealt with it."""


def untapped() -> Transcript:
    """Return a transcript that leaves the wire schema alone."""
    return Transcript(tap=lambda *_: ())


def encode(message: Any) -> bytes:
    return json.dumps(message).encode()


def result(request: JsonObject, value: JsonObject) -> bytes:
    return encode({"jsonrpc": "2.0", "id": request["id"], "result": value})


def error(rpc_id: object, code: int) -> bytes:
    return encode({"jsonrpc": "2.0", "id": rpc_id, "error": {"code": code, "message": "no"}})


def reply_to(message: JsonObject) -> bytes | None:
    """Return what a clean server without any feature answers."""
    if "id" not in message or "method" not in message:
        return None
    match message["method"]:
        case "initialize":
            version = message["params"]["protocolVersion"]
            info = {"name": "toy", "version": "1"}
            return result(message, {"protocolVersion": version, "capabilities": {}, "serverInfo": info})
        case "ping" | "server/discover":
            return result(message, {})
        case "echo":
            return result(message, {"echo": message.get("params", {})})
        case _:
            return error(message["id"], -32601)


async def _nothing(_message: JsonObject, _send: SendLine) -> bool:
    return False


def server(handle: Handle = _nothing) -> MemoryTarget:
    """Return a clean server with `handle` in front."""

    async def serve(receive: ReceiveLine, send: SendLine) -> int:
        while (line := await receive()) is not None:
            try:
                message = json.loads(line)
            except ValueError:
                await send(error(None, -32700))
                continue
            if not isinstance(message, dict) or await handle(message, send):
                continue
            answer = reply_to(message)
            if answer is not None:
                await send(answer)
        return 0

    return MemoryTarget(serve)


def silent_but(text: bytes) -> MemoryTarget:
    """Return a server that says `text` to every line and nothing else."""

    async def serve(receive: ReceiveLine, send: SendLine) -> int:
        while await receive() is not None:
            await send(text)
        return 0

    return MemoryTarget(serve)


def connector(
    target: MemoryTarget | StdioTarget, *, transcript: Transcript | None = None, **bounds: Any
) -> LineConnector:
    chosen = {"probe_timeout_s": 5.0, "settle_s": 0.02, **bounds}
    return LineConnector(target, transcript or untapped(), Bounds(**chosen))


def child(source: str) -> StdioTarget:
    """Return a target that runs Python source in a child process."""
    return StdioTarget((sys.executable, "-u", "-c", source))


def survey(*tools: JsonObject) -> Survey:
    offers = tuple(Offer(revision, {}, {"tools": {}}, tools=tools) for revision in (HANDSHAKE, STATELESS))
    return Survey(Transport.STDIO, "toy", Exposure.LOCAL, offers)


def probe(
    way: LineConnector,
    pool: SessionPool,
    transcript: Transcript,
    *tools: JsonObject,
    scenario: str = "toy.scenario",
    revision: Revision = HANDSHAKE,
    seed: int = 7,
) -> LiveProbe:
    return LiveProbe(
        way,
        pool,
        transcript,
        scenario=scenario,
        revision=revision,
        survey=survey(*tools),
        consent=Consent(),
        may_call=lambda tool: tool.get("name") == "allowed",
        seed=seed,
    )


CLEAN_CHILD = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": {}}
    if message["method"] == "initialize":
        version = message["params"]["protocolVersion"]
        answer["result"] = {
            "protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "child", "version": "1"}
        }
    print(json.dumps(answer), flush=True)
"""
