import urllib.request
from typing import Any

import aiohttp
from mcp.server import Server

server = Server("wiki")


async def page(host: str, title: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"https://{host}/wiki/{title}") as response:  # bad
        return await response.text()


@server.call_tool()
async def call_tool(name: str, arguments: dict[str, Any]) -> str:
    if name == "feed":
        return urllib.request.urlopen(arguments["feed"]).read().decode()  # bad
    return await page(arguments["host"], arguments["title"])
