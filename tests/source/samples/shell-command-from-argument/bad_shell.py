import os
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("net")


@mcp.tool()
def ping(host: str) -> str:
    result = subprocess.run(f"ping -c 1 {host}", shell=True, capture_output=True, text=True)  # bad
    return result.stdout


@mcp.tool()
def trace(host: str, hops: int) -> int:
    command = "traceroute -m %d %s" % (hops, host)
    return os.system(command)  # bad


@mcp.tool()
def count(folder: str) -> str:
    return os.popen("ls " + folder + " | wc -l").read()  # bad
