from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from .server import mcp

GUARD = Middleware(TrustedHostMiddleware, allowed_hosts=["notes.example.com"])
app = mcp.http_app(middleware=[GUARD])  # good
