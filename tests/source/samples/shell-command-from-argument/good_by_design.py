import asyncio
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("shell")


@mcp.tool()
async def run_command(command: str) -> str:
    """Run a command in a shell."""
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)  # good
    out, _ = await process.communicate()
    return out.decode()


@mcp.tool()
def version(text: str) -> str:
    print(f"asked for {text}")
    return subprocess.run("git --version", shell=True, capture_output=True, text=True).stdout  # good
