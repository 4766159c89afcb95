import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("remote")


@mcp.tool()
def tail(service: str) -> str:
    argv = ["bash", "-c", f"journalctl -u {service} | tail"]
    return subprocess.run(argv, capture_output=True, text=True).stdout  # bad


@mcp.tool()
def start(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout  # bad
