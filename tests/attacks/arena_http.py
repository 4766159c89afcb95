"""The same server over HTTP, with an authorization server beside it."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx2
from oraclepack_mcp.http.app import build_http_app
from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.http.serving import Surroundings
from oraclepack_mcp.server.callers import required_scopes
from oraclepack_mcp.settings import Settings

from tests.attacks.arena import Arena
from tests.e2e.reference_client import META, MODERN, events, request
from tests.issuer import ISSUER, JWKS_URL, Issuer
from tests.memory_http import URL, MemoryClient, bearer, lifespan


class Caller:
    """Calls tools over HTTP; every request may have its own token and headers."""

    def __init__(self, client: MemoryClient, issuer: Issuer) -> None:
        self._client = client
        self.issuer = issuer

    async def post(
        self, tool: str, token: str | None = None, *, headers: dict[str, str] | None = None, **arguments: Any
    ) -> httpx2.Response:
        """The HTTP answer to a call of a tool."""
        standard = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": tool}
        message = request("tools/call", {"name": tool, "arguments": arguments, "_meta": META})
        return await self._client.post(message, {**standard, **bearer(token), **(headers or {})})

    async def call(self, tool: str, token: str | None = None, **arguments: Any) -> dict[str, Any]:
        """What a tool answers."""
        answer = await self.post(tool, token, **arguments)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = events(answer)[-1]["result"]
        return {**result["structuredContent"], "isError": result.get("isError", False)}


def over_http(arena: Arena, conversation: Callable[[Caller], Awaitable[Any]], *, auth: bool = True) -> Any:
    """The result of a conversation; with `auth`, callers need tokens of the issuer."""
    issuer = Issuer(URL)
    verified = AuthSettings(issuer=ISSUER, resource_url=URL, jwks_url=JWKS_URL) if auth else None
    settings = Settings(**{**dict(arena.settings), "transport": "streamable-http", "auth": verified})
    around = Surroundings(required_scopes=required_scopes, transport=issuer.transport)

    async def converse() -> Any:
        app = build_http_app(settings, domain=arena.domain, surroundings=around)
        with anyio.fail_after(60):
            async with lifespan(app):
                client = MemoryClient(app)
                async with client.http:
                    return await conversation(Caller(client, issuer))

    return anyio.run(converse)
