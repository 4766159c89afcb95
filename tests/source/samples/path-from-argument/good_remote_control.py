"""A server that runs any command for its client keeps no file from it."""

import subprocess
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("workstation")


@mcp.tool()
def run_command(command: str) -> str:
    return subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60).stdout


@mcp.tool()
def read_file(path: str) -> str:
    return Path(path).read_text()  # good
