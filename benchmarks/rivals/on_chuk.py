"""`chuk-mcp-server`, as its documentation shows it: python on_chuk.py PORT. It sets its HTTP server up itself."""

import sys

from chuk_mcp_server import ChukMCPServer  # type: ignore[import-not-found]

server = ChukMCPServer(name="two-tools", version="1.0")


@server.tool  # type: ignore[untyped-decorator]
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool  # type: ignore[untyped-decorator]
async def echo(text: str) -> str:
    """Return the text."""
    return text


server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
