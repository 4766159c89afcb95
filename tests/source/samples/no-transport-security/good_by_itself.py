from mcp.server.mcpserver import MCPServer

mcp = MCPServer("clock")


@mcp.tool()
def now() -> str:
    """Return the time."""
    return "12:00"


def main(host: str) -> None:
    mcp.run("streamable-http", host="127.0.0.1")  # good
    mcp.run("streamable-http", host=host)  # good
    mcp.run("stdio")  # good
