import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("packages")


@mcp.tool()
def install(packages: list[str], upgrade: bool = False) -> str:
    argv = ["pip", "install"]
    if upgrade:
        argv.append("--upgrade")
    argv += packages
    return subprocess.run(argv, capture_output=True, text=True).stdout  # bad


@mcp.tool()
def show(name: str) -> str:
    argv = ["pip", "show"]
    if name:
        argv.append(name.strip())
    return subprocess.check_output(argv, text=True)  # bad
