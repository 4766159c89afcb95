from urllib.parse import urlparse

import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("pictures")


class Fetcher:
    def __init__(self) -> None:
        self.session = requests.Session()

    def get(self, address: str) -> bytes:
        return self.session.get(address, timeout=5).content  # bad


fetcher = Fetcher()


@mcp.tool()
def picture(address: str) -> bytes:
    if not address.startswith(("http://", "https://")):
        address = "https://" + address
    return fetcher.get(address)


@mcp.tool()
def robots(url: str) -> str:
    parts = urlparse(url)
    return requests.get(f"{parts.scheme}://{parts.netloc}/robots.txt", timeout=5).text  # bad
