import os
import urllib.parse

import httpx
import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("weather")
BASE = "https://api.example.com"
OTHER = os.environ["OTHER_API"]


@mcp.tool()
async def weather(city: str) -> str:
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{BASE}/weather/{city}")  # good
        return response.text


@mcp.tool()
def other(path: str) -> str:
    return requests.get(OTHER + "/" + path, timeout=5).text  # good


@mcp.tool()
def search(query: str) -> str:
    return requests.get("https://api.example.com/search", params={"q": query}, timeout=5).text  # good


@mcp.tool()
def quoted(name: str) -> str:
    return requests.get("https://api.example.com/" + urllib.parse.quote(name), timeout=5).text  # good


@mcp.tool()
async def based(path: str) -> str:
    async with httpx.AsyncClient(base_url=BASE) as client:
        return (await client.get(f"/v1/{path}")).text  # good
