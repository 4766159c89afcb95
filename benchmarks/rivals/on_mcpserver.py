"""`MCPServer` of `mcp` 2, as its documentation shows it: python on_mcpserver.py PORT."""

import sys

import uvicorn
from mcp.server.mcpserver import MCPServer

server = MCPServer("two-tools", version="1.0")


@server.tool()
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
async def echo(text: str) -> str:
    """Return the text."""
    return text


app = server.streamable_http_app(json_response=True)
uvicorn.run(
    app,
    host="127.0.0.1",
    port=int(sys.argv[1]),
    log_level="warning",
    access_log=False,
    server_header=False,
    date_header=False,
)
