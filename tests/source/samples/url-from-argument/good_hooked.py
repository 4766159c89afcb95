"""The client refuses addresses of the inner network itself, at every redirect."""

import ipaddress
import socket

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("pages")


async def refuse_inner(request: httpx.Request) -> None:
    for found in socket.getaddrinfo(request.url.host, 443):
        if not ipaddress.ip_address(found[4][0]).is_global:
            raise ValueError("that address is not public")


@mcp.tool()
async def read_page(address: str) -> str:
    async with httpx.AsyncClient(timeout=9) as client:
        client.event_hooks = {"request": [refuse_inner]}
        answer = await client.get(address)  # good
    return answer.text


@mcp.tool()
async def read_headers(address: str) -> str:
    async with httpx.AsyncClient(timeout=9, event_hooks={"request": [refuse_inner]}) as client:
        answer = await client.head(address)  # good
    return str(answer.headers)
