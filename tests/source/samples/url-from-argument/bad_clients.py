import httpx
import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("web")


@mcp.tool()
async def fetch(url: str) -> str:
    async with httpx.AsyncClient(timeout=10) as client:
        response = await client.get(url)  # bad
        return response.text


@mcp.tool()
def head(url: str) -> dict:
    return dict(requests.head(url, timeout=5).headers)  # bad


@mcp.tool()
def request(method: str, url: str) -> str:
    return requests.request(method, url, timeout=5).text  # bad
