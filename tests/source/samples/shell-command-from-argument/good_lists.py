import shlex
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("net")
FOLDER = "/srv"


@mcp.tool()
def ping(host: str) -> str:
    return subprocess.run(["ping", "-c", "1", "--", host], capture_output=True, text=True).stdout  # good


@mcp.tool()
def count(folder: str) -> str:
    command = f"ls {shlex.quote(folder)} | wc -l"
    return subprocess.run(command, shell=True, capture_output=True, text=True).stdout  # good


@mcp.tool()
def head(lines: int) -> str:
    return subprocess.run(f"head -n {lines} {FOLDER}/log", shell=True, capture_output=True, text=True).stdout  # good
