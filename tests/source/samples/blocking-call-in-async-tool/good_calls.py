import asyncio
import subprocess
import time

import httpx
import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("towns")


@mcp.tool()
async def forecast(town: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get("https://weather.example", params={"town": town})).text  # good


@mcp.tool()
async def patient_forecast(town: str) -> str:
    await asyncio.sleep(1)
    return await asyncio.to_thread(_page, town)


def _page(town: str) -> str:
    return requests.get(f"https://weather.example/{town}", timeout=5).text  # good


@mcp.tool()
def mayor(town: str) -> str:
    return requests.get(f"https://mayors.example/{town}", timeout=5).text  # good


@mcp.tool()
async def people(town: str) -> int:
    loop = asyncio.get_running_loop()
    answer = await loop.run_in_executor(None, lambda: requests.get("https://people.example", timeout=5))  # good
    return answer.json()


@mcp.tool()
async def ping(town: str) -> bytes:
    def run() -> bytes:
        return subprocess.run(["ping", "-c1", "--", town], capture_output=True, timeout=9).stdout  # good

    return await asyncio.to_thread(run)


@mcp.tool()
async def next_turn() -> None:
    time.sleep(0)  # good


def main() -> None:
    time.sleep(1)  # good
    mcp.run()


async def at_start() -> None:
    time.sleep(1)  # good
