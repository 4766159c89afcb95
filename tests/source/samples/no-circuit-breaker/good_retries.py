import httpx
from mcp.server.fastmcp import FastMCP
from tenacity import retry, stop_after_attempt, wait_exponential

mcp = FastMCP("towns")


@retry(stop=stop_after_attempt(3), wait=wait_exponential())
async def ask(path: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"https://weather.example/{path}")).text  # good


@mcp.tool()
async def forecast(town: str) -> str:
    return await ask(town)
