from mcp.server.fastmcp import FastMCP

mcp = FastMCP("weather")


@mcp.tool()
def forecast(city: str) -> str:
    """Return the forecast."""
    return f"sunny in {city}"


if __name__ == "__main__":
    mcp.run(transport="sse")  # bad
