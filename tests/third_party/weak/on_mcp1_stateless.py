"""Two tools on `mcp` 1.x without sessions, as its documentation advises for servers behind a load balancer."""

import sys

from mcp.server.fastmcp import FastMCP  # type: ignore[attr-defined]

server = FastMCP("two-tools", host="127.0.0.1", port=int(sys.argv[1]), stateless_http=True)


@server.tool()  # type: ignore[untyped-decorator]
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()  # type: ignore[untyped-decorator]
def echo(text: str) -> str:
    """Return the text."""
    return text


server.run("streamable-http")
