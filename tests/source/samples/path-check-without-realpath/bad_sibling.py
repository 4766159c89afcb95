from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes").resolve()


@mcp.tool()
def read_note(name: str) -> str:
    path = (ROOT / name).resolve()
    if not str(path).startswith(str(ROOT)):  # bad
        raise ValueError("outside")
    return path.read_text()
