import os
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes").resolve()


@mcp.tool()
def read_note(name: str) -> str:
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        raise ValueError("outside of the notes")
    return path.read_text()  # good


@mcp.tool()
def read_other(name: str) -> str:
    path = os.path.realpath(os.path.join(ROOT, name))
    if os.path.commonpath([path, str(ROOT)]) != str(ROOT):
        return "outside of the notes"
    with open(path, encoding="utf-8") as file:  # good
        return file.read()


@mcp.tool()
def read_third(name: str) -> str:
    path = (ROOT / name).resolve()
    try:
        path.relative_to(ROOT)
    except ValueError:
        raise PermissionError(name) from None
    return path.read_text()  # good
