"""Faults in who can reach the server."""

import asyncio
from contextlib import suppress
from typing import Any

from oraclepack_faults.fault import ASGIApp, Context, Json, Receive, Scope, Send, replaces, rewrites, wraps_http

NEIGHBOUR = "127.0.0.2"
"""Another address of loopback: who listens on every address answers there, and no other machine reaches it."""


@replaces("authorization/serves-anyone", "transport", "oraclepack_mcp.http.serving.Authentication")
def asks_nobody(_: object) -> Any:
    """Whoever reaches the address is let in."""
    return lambda app, *_: app


@wraps_http("http/listens-on-every-address", "transport")
def answers_next_door(app: ASGIApp) -> ASGIApp:
    """The server answers on another address than its own, as one does that listens on every address."""
    door: asyncio.Server | None = None

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal door
        if scope["type"] == "http" and door is None:
            host, port = scope["server"]

            async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await _join(reader, writer, *await asyncio.open_connection(host, port))

            door = await asyncio.start_server(pass_on, NEIGHBOUR, port)
        try:
            await app(scope, receive, send)
        finally:
            if scope["type"] == "lifespan" and door is not None:
                door.close()

    return served


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    other_reader: asyncio.StreamReader,
    other_writer: asyncio.StreamWriter,
) -> None:
    await asyncio.gather(_pump(reader, other_writer), _pump(other_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@rewrites("authorization/login-over-stdio", "transport")
def asks_for_a_login(message: Json, _: Context) -> Json:
    """Errors send the client to an authorization server."""
    error = message.get("error")
    if not isinstance(error, dict) or "data" in error:
        return message
    data = {"resource_metadata": "https://mcp.example/.well-known/oauth-protected-resource"}
    return {**message, "error": {**error, "data": data}}
