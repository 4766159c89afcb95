import asyncio

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("towns")
at_once = asyncio.Semaphore(4)


@mcp.tool()
async def forecast(town: str) -> str:
    async with at_once, httpx.AsyncClient() as client:
        return (await client.get("https://weather.example", params={"town": town})).text  # good
