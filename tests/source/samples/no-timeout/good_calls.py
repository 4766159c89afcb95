import asyncio
import socket
import subprocess
from urllib.request import urlopen

import aiohttp
import httpx
import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("towns")


@mcp.tool()
def forecast(town: str) -> str:
    return requests.get("https://weather.example", params={"town": town}, timeout=5).text  # good


def report(town: str, **options: object) -> None:
    requests.post(f"https://weather.example/{town}", **options)  # good


def page(url: str) -> bytes:
    return urlopen(url, None, 5).read()  # good


class Mayors:
    def __init__(self) -> None:
        self.session = requests.Session()
        self.client = httpx.AsyncClient()  # good

    def mayor(self, town: str) -> str:
        return self.session.get(f"https://mayors.example/{town}", timeout=(3, 10)).text  # good

    async def people(self, town: str) -> str:
        return (await self.client.get(f"https://people.example/{town}")).text  # good


def events(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=httpx.Timeout(5, read=None))  # good


def cached(names: dict[str, str]) -> str | None:
    session = names
    return session.get("town")  # good


@mcp.tool()
def log(count: int) -> str:
    done = subprocess.run(["git", "log", f"-{count}"], capture_output=True, text=True, timeout=20)  # good
    return done.stdout


def build() -> None:
    subprocess.run(["make"], check=True)  # good


def connected(host: str) -> socket.socket:
    return socket.create_connection((host, 80), 3)  # good


async def patiently(client: httpx.AsyncClient, url: str) -> str:
    async with asyncio.timeout(60):
        return (await client.get(url, timeout=None)).text  # good


def opened() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=30))  # good
