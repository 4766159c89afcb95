import asyncio
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("search")


@mcp.tool()
def search(pattern: str) -> str:
    return subprocess.run(["grep", "-r", "--include=*.py", pattern, "/srv"], capture_output=True, text=True).stdout  # bad


@mcp.tool()
async def clone(url: str) -> None:
    process = await asyncio.create_subprocess_exec("git", "clone", url, "/srv/clone")  # bad
    await process.wait()
