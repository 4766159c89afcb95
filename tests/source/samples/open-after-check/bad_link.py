from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes")


@mcp.tool()
def write(name: str, text: str) -> None:
    path = ROOT / name
    if path.is_symlink():
        raise PermissionError(name)
    path.write_text(text)  # bad
