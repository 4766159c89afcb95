"""Two tools on `mcp` 1.30, as its documentation shows it: over HTTP with a port as argument, else over stdio."""

import sys

from mcp.server.fastmcp import FastMCP  # type: ignore[attr-defined]

server = FastMCP("two-tools", host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000)


@server.tool()  # type: ignore[untyped-decorator]
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()  # type: ignore[untyped-decorator]
def echo(text: str) -> str:
    """Return the text."""
    return text


server.run("streamable-http" if len(sys.argv) > 1 else "stdio")
