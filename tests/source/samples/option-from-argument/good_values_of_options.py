import subprocess
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("git")


@mcp.tool()
def commit(message: str, author: str) -> str:
    argv = ["git", "commit", "-m", message, f"--author={author}"]
    return subprocess.run(argv, capture_output=True, text=True).stdout  # good


@mcp.tool()
def log(count: int, path: str) -> str:
    file = (Path("/srv") / path).resolve()
    argv = ["git", "log", "-n", str(count), str(file)]
    return subprocess.run(argv, capture_output=True, text=True).stdout  # good


@mcp.tool()
def grep(pattern: str) -> str:
    return subprocess.run(["grep", "-e", pattern, "/srv/log"], capture_output=True, text=True).stdout  # good
