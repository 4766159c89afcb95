"""Two tools on `mcp` 2.3, as its documentation shows it: over HTTP with a port as argument, else over stdio."""

import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("two-tools", version="1.0")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def echo(text: str) -> str:
    """Return the text."""
    return text


if len(sys.argv) > 1:
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
else:
    server.run("stdio")
