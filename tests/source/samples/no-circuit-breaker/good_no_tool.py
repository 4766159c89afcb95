import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("towns")


def latest_version() -> str:
    return httpx.get("https://pypi.example/towns").text  # good


@mcp.tool()
def forecast(town: str) -> str:
    settings = {"mild": "18 °C"}
    return settings.get(town, "unknown")  # good
