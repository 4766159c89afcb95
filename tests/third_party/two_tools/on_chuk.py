"""Two tools on `chuk-mcp-server`, as its documentation shows it: over HTTP with a port as argument, else over stdio."""

import sys

from chuk_mcp_server import ChukMCPServer  # type: ignore[import-not-found]

server = ChukMCPServer(name="two-tools", version="1.0")


@server.tool  # type: ignore[untyped-decorator]
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool  # type: ignore[untyped-decorator]
def echo(text: str) -> str:
    """Return the text."""
    return text


if len(sys.argv) > 1:
    server.run(host="127.0.0.1", port=int(sys.argv[1]))
else:
    server.run(stdio=True)
