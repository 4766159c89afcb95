from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes")


@mcp.tool()
def read_note(name: str) -> str:
    if ".." in name:  # bad
        raise ValueError("no climbing")
    return (ROOT / name).read_text()


@mcp.tool()
def write_note(name: str, text: str) -> None:
    path = ROOT / name
    if ".." in path.parts:  # bad
        raise ValueError("no climbing")
    path.write_text(text)
