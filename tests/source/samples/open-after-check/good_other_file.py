import os
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("files")


@mcp.tool()
def replaced(path: Path, text: str) -> None:
    if path.is_symlink():
        path.unlink()
    other = path.with_suffix(".new")
    other.write_text(text)  # good
    os.replace(other, path)


def written(folder: str, name: str) -> None:
    if not os.access(folder, os.W_OK):
        raise PermissionError(folder)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:  # good
        file.write("")
