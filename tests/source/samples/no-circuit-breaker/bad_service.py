import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("towns")


@mcp.tool()
async def forecast(town: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get("https://weather.example", params={"town": town})).text  # bad


@mcp.tool()
async def alerts(town: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get("https://weather.example/alerts", params={"town": town})).text
