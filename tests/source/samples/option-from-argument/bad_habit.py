"""A function with many such calls is told of once, others each."""

import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("history")


@mcp.tool()
def about(revision: str) -> str:
    parts = [subprocess.check_output(["git", "show", revision])]  # bad
    parts.append(subprocess.check_output(["git", "log", revision]))
    parts.append(subprocess.check_output(["git", "diff", revision]))
    parts.append(subprocess.check_output(["git", "name-rev", revision]))
    return b"".join(parts).decode()


@mcp.tool()
def tags(pattern: str) -> str:
    return subprocess.check_output(["git", "tag", pattern]).decode()  # bad
