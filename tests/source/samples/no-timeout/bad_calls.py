import socket
import subprocess
import urllib.request
from urllib.request import urlopen

import aiohttp
import httpx
import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("towns")


@mcp.tool()
def forecast(town: str) -> str:
    return requests.get("https://weather.example", params={"town": town}).text  # bad


def report(town: str, text: str) -> None:
    requests.post(f"https://weather.example/{town}", json={"text": text}, timeout=None)  # bad


def page(url: str) -> bytes:
    return urlopen(url).read()  # bad


def upload(url: str, data: bytes) -> bytes:
    request = urllib.request.Request(url, data=data)
    with urllib.request.urlopen(request, data) as answer:  # bad
        return answer.read()


class Mayors:
    def __init__(self) -> None:
        self.session = requests.Session()
        self.client = httpx.AsyncClient(timeout=None)  # bad

    def mayor(self, town: str) -> str:
        return self.session.get(f"https://mayors.example/{town}").text  # bad

    async def people(self, town: str) -> str:
        return (await self.client.get(f"https://people.example/{town}")).text


async def area(town: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"https://area.example/{town}", timeout=None)).text  # bad


@mcp.tool()
def log(count: int) -> str:
    return _git("log", f"-{count}")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout  # bad


def connected(host: str) -> socket.socket:
    return socket.create_connection((host, 80))  # bad


def opened() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))  # bad
