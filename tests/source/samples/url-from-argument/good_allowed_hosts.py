import ipaddress
import socket
from urllib.parse import urlparse

import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("web")
ALLOWED = {"example.com", "example.org"}


@mcp.tool()
def fetch(url: str) -> str:
    host = urlparse(url).hostname
    if host not in ALLOWED:
        raise ValueError(host)
    return requests.get(url, timeout=5).text  # good


@mcp.tool()
def fetch_public(url: str) -> str:
    parsed = urlparse(url)
    address = ipaddress.ip_address(socket.gethostbyname(parsed.hostname))
    if address.is_private or address.is_loopback:
        raise ValueError(url)
    return requests.get(url, timeout=5).text  # good


@mcp.tool()
def fetch_prefixed(url: str) -> str:
    if not url.startswith("https://docs.example.com/"):
        return "elsewhere"
    return requests.get(url, timeout=5).text  # good
