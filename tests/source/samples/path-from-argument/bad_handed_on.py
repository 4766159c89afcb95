import os

from mcp.server.fastmcp import FastMCP

from .sheets import write_sheet

mcp = FastMCP("sheets")
FOLDER = os.environ.get("SHEETS", "/srv/sheets")


def full_path(name: str) -> str:
    return os.path.join(FOLDER, name)  # bad


@mcp.tool()
def write(filename: str, rows: list[list[str]]) -> str:
    path = full_path(filename)
    return write_sheet(path, rows)
