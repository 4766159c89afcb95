import os
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes").resolve()


@mcp.tool()
def read_note(name: str) -> str:
    if ".." in name:  # good
        raise ValueError("no climbing")
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):  # good
        raise ValueError("outside")
    return path.read_text()


@mcp.tool()
def remove_note(name: str) -> None:
    path = os.path.realpath(os.path.join(ROOT, name))
    if not path.startswith(str(ROOT) + os.sep):  # good
        raise ValueError("outside")
    os.remove(path)


@mcp.tool()
def show_note(name: str) -> str:
    path = (ROOT / name).resolve()
    if ROOT not in path.parents:  # good
        raise ValueError("outside")
    return path.read_text()
