import os

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("files")


@mcp.tool()
def read(path: str) -> str:
    if not os.access(path, os.R_OK):
        raise PermissionError(path)
    with open(path, encoding="utf-8") as file:  # bad
        return file.read()
