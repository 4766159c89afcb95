"""A function that opens many paths below one that it is given is told of once."""

import os
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("projects")


@mcp.tool()
def lay_out(target: str) -> str:
    Path(target, "src").mkdir()  # bad
    Path(target, "docs").mkdir()
    Path(target, "README.md").write_text("# Notes\n")
    with open(os.path.join(target, "setup.cfg"), "w") as file:
        file.write("[metadata]\n")
    return "done"


@mcp.tool()
def names_in(folder: str) -> list[str]:
    return os.listdir(folder)  # bad
