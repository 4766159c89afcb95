"""`fastmcp` 4, as its documentation shows it: python on_fastmcp.py PORT."""

import sys

import uvicorn
from fastmcp import FastMCP  # type: ignore[import-not-found]

server = FastMCP("two-tools")


@server.tool  # type: ignore[untyped-decorator]
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool  # type: ignore[untyped-decorator]
async def echo(text: str) -> str:
    """Return the text."""
    return text


app = server.http_app(json_response=True)
uvicorn.run(
    app,
    host="127.0.0.1",
    port=int(sys.argv[1]),
    log_level="warning",
    access_log=False,
    server_header=False,
    date_header=False,
)
