import httpx
from mcp.server.fastmcp import FastMCP

from .network import check_url

mcp = FastMCP("web")
CACHE: dict[str, str] = {}


def is_safe_url(url: str) -> bool:
    return url.split("/")[2].endswith(".example.com")


@mcp.tool()
async def fetch(url: str) -> str:
    await check_url(url)
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text  # good


@mcp.tool()
async def fetch_ours(url: str) -> str:
    if not is_safe_url(url):
        raise ValueError(url)
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text  # good


@mcp.tool()
def cached(url: str) -> str | None:
    return CACHE.get(url)  # good
