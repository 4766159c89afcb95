"""Addresses are judged in one tool, and not in the other."""

import ipaddress

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("pages")


@mcp.tool()
def is_public(number: str) -> bool:
    return ipaddress.ip_address(number).is_global


@mcp.tool()
def read_page(address: str) -> str:
    return httpx.get(address, timeout=9).text  # bad
