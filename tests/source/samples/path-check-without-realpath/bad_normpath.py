import os

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = "/srv/notes"


@mcp.tool()
def read_note(name: str) -> str:
    path = os.path.normpath(os.path.join(ROOT, name))
    if not path.startswith(ROOT):  # bad
        raise ValueError("outside")
    with open(path, encoding="utf-8") as file:
        return file.read()


@mcp.tool()
def remove_note(name: str) -> None:
    path = os.path.abspath(os.path.join(ROOT, name))
    if os.path.commonpath([ROOT, path]) != ROOT:  # bad
        raise ValueError("outside")
    os.remove(path)
