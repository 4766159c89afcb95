"""A tool that runs as a task, on `mcp` 1.x with its experimental task support, for two users with bearer tokens."""

import asyncio
import sys
from typing import Any

import mcp
import uvicorn
from mcp.server import Server
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.routing import Route

users = frozenset({"alice", "bob"})


class Names(TokenVerifier):
    """Every user's token is the name."""

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what is known of the token."""
        subject: dict[str, Any] = {"subject": token} if "subject" in AccessToken.model_fields else {}
        return AccessToken(token=token, client_id=token, scopes=["use"], **subject) if token in users else None


types: Any = mcp.types  # mypy sees the installed 2.x, where names are others
server: Any = Server("one-task")
server.experimental.enable_tasks()


@server.list_tools()  # type: ignore[untyped-decorator]
async def tools() -> list[Any]:
    """List the one tool."""
    schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    return [
        types.Tool(
            name="wait",
            description="Return the text later.",
            inputSchema=schema,
            annotations=types.ToolAnnotations(readOnlyHint=True),
            execution=types.ToolExecution(taskSupport="optional"),
        )
    ]


@server.call_tool()  # type: ignore[untyped-decorator]
async def call(name: str, arguments: dict[str, Any]) -> Any:
    """Answer at once, or as a task."""
    said = types.CallToolResult(content=[types.TextContent(type="text", text=str(arguments.get("text")))])
    context = server.request_context

    async def work(task: Any) -> Any:
        await asyncio.sleep(0.3)
        return said

    return await context.experimental.run_task(work) if context.experimental.is_task else said


manager = StreamableHTTPSessionManager(server)
application = Starlette(
    routes=[Route("/mcp", endpoint=RequireAuthMiddleware(manager.handle_request, ["use"]))],
    middleware=[
        Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(Names())),
        Middleware(AuthContextMiddleware),
    ],
    lifespan=lambda _: manager.run(),
)
uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]))
