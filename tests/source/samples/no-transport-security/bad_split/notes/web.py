from fastapi import FastAPI

from .server import mcp

mcp_app = mcp.http_app(path="/")  # bad
app = FastAPI(lifespan=mcp_app.lifespan)
app.mount("/mcp", mcp_app)
