from mcp.server.sse import SseServerTransport
from mcp.server.transport_security import TransportSecuritySettings
from starlette.middleware import Middleware

ALLOWED = {"http://localhost:3000"}


class Guard:
    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if headers.get("origin", "http://localhost:3000") in ALLOWED:
            await self.app(scope, receive, send)


GUARDED = [Middleware(Guard)]
events = SseServerTransport("/messages/", TransportSecuritySettings(enable_dns_rebinding_protection=False))  # good
