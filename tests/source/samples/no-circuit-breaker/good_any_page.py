import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("pages")


@mcp.tool()
async def page(url: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text  # good
