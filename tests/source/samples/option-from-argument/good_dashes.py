import subprocess

import git
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("git")
repo = git.Repo("/srv/repository")


@mcp.tool()
def add(files: list[str]) -> str:
    return repo.git.add("--", *files)  # good


@mcp.tool()
def diff(target: str) -> str:
    if target.startswith("-"):
        raise ValueError(target)
    return repo.git.diff(target)  # good


@mcp.tool()
def search(pattern: str) -> str:
    return subprocess.run(["grep", "-r", "--", pattern, "/srv"], capture_output=True, text=True).stdout  # good
