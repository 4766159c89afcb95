"""What faults under load need: to do something before each request, to know which ones those are."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from oraclepack_faults.fault import ASGIApp, Receive, Scope, Send
from oraclepack_faults.transport.asgi import field

Before: TypeAlias = Callable[[int], Awaitable[None]]
"""Is awaited before the n-th request is served, counted from one."""

_LISTEN = "subscriptions/listen"


def is_stream(scope: Scope) -> bool:
    """Whether a client asks for an event stream that stays open."""
    return bool(scope["type"] == "http" and (scope["method"] == "GET" or field(scope, "mcp-method") == _LISTEN))


def is_request(scope: Scope) -> bool:
    """Whether a client asks something that is answered at once."""
    return bool(scope["type"] == "http" and scope["method"] == "POST" and not is_stream(scope))


def before_each(app: ASGIApp, act: Before) -> ASGIApp:
    """Wrap an app: `act` is done before each request."""
    served_so_far = 0

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal served_so_far
        if is_request(scope):
            served_so_far += 1
            await act(served_so_far)
        await app(scope, receive, send)

    return served
