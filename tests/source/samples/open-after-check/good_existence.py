import os
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("files")


@mcp.tool()
def settings(path: Path) -> str:
    if not path.exists():
        return "{}"
    return path.read_text()  # good


def cached(path: str) -> bytes:
    if os.path.isfile(path) and os.path.getsize(path) < 1000:
        with open(path, "rb") as file:  # good
            return file.read()
    return b""
