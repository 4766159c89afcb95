import aiohttp
from mcp.server.lowlevel import Server

server = Server("people")


@server.call_tool()
async def dispatch(name: str, arguments: dict) -> list[str]:
    async with aiohttp.ClientSession() as session, session.get("https://people.example") as answer:  # bad
        return [await answer.text()]
