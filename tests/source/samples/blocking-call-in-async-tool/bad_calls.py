import subprocess
import time
from urllib.request import urlopen

import httpx
import requests
from mcp.server.fastmcp import FastMCP
from mcp.server.lowlevel import Server

mcp = FastMCP("towns")
server = Server("towns")
session = requests.Session()


@mcp.tool()
async def forecast(town: str) -> str:
    answer = requests.get("https://weather.example", params={"town": town}, timeout=5)  # bad
    return answer.text


@mcp.tool()
async def patient_forecast(town: str) -> str:
    for _ in range(3):
        time.sleep(1)  # bad
    return _page(town)


def _page(town: str) -> str:
    with urlopen(f"https://weather.example/{town}", timeout=5) as answer:  # bad
        return answer.read().decode()


@server.call_tool()
async def dispatch(name: str, arguments: dict) -> list[str]:
    return [await Towns().mayor(arguments["town"])]


class Towns:
    @mcp.tool()
    async def mayor(self, town: str) -> str:
        return await self.ask(town)

    async def ask(self, town: str) -> str:
        return session.get(f"https://mayors.example/{town}", timeout=5).text  # bad


@mcp.tool()
async def people(town: str) -> int:
    with httpx.Client() as client:
        return client.get("https://people.example", params={"town": town}).json()  # bad


@mcp.tool()
async def ping(town: str) -> str:
    return subprocess.run(["ping", "-c1", "--", town], capture_output=True, text=True, timeout=9).stdout  # bad
