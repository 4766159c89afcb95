import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("services")
UNITS = {"web": "nginx.service", "mail": "postfix.service"}


@mcp.tool()
def status(name: str) -> str:
    return subprocess.run(["systemctl", "status", UNITS[name]], capture_output=True, text=True).stdout  # good


@mcp.tool()
def echo(text: str) -> str:
    return subprocess.run(["cat"], input=text, capture_output=True, text=True).stdout  # good


@mcp.tool()
def run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout  # good
