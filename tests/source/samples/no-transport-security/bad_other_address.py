from mcp.server.fastmcp import FastMCP

BIND = "192.168.1.20"
mcp = FastMCP("calendar", host=BIND, port=8000)  # bad


@mcp.tool()
def today() -> str:
    """Return the date."""
    return "2026-01-01"


mcp.run("streamable-http")
