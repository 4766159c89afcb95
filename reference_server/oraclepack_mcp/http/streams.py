"""Streams that would never end by themselves end when the server does.

A `GET` stream of a session and `subscriptions/listen` stay open as long as the client likes. When the server drains,
their app is told that the client left, and their answer is completed, so the client sees an end and no torn connection.
Requests that are being worked on are not touched: they have the time of the drain for their answers.
"""

from typing import Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LISTEN: Final = (b"mcp-method", b"subscriptions/listen")
_LEFT: Final[Message] = {"type": "http.disconnect"}


class EndingStreams:
    """The layer that knows the open streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._ending = anyio.Event()

    def end(self) -> None:
        """End all streams, and those to come."""
        self._ending.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and (scope["method"] == "GET" or _LISTEN in scope["headers"]):
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = completed = False

        async def watch(message: Message) -> None:
            nonlocal started, completed
            started = True
            completed = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        async def receive_until_the_end() -> Message:
            message = _LEFT
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._cancel_at_the_end, tasks.cancel_scope)
                message = await receive()
                tasks.cancel_scope.cancel()
            return message

        await self._app(scope, receive_until_the_end, watch)
        if self._ending.is_set() and not completed:
            if not started:
                await send({"type": "http.response.start", "status": 503, "headers": [(b"retry-after", b"1")]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _cancel_at_the_end(self, scope: anyio.CancelScope) -> None:
        await self._ending.wait()
        scope.cancel()
