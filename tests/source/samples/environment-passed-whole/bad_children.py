import asyncio
import os
import subprocess

from fastmcp.client.transports import StdioTransport
from mcp import StdioServerParameters
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("pictures")
ENVIRONMENT = {**os.environ, "NO_COLOR": "1"}


def peers(extra: dict[str, str]) -> list[object]:
    first = StdioServerParameters(command="npx", args=["-y", "peer"], env=dict(os.environ))  # bad
    second = StdioServerParameters(command="uvx", args=["peer"], env={**os.environ, **extra})  # bad
    return [first, second, StdioTransport("node", ["peer.js"], env=os.environ | extra)]  # bad


@mcp.tool()
async def convert(path: str) -> None:
    env = os.environ.copy()
    env["LANG"] = "C"
    subprocess.run(["convert", "--", path], env=env, check=True)  # bad
    await identify(path)


async def identify(path: str) -> None:
    await asyncio.create_subprocess_exec("identify", path, env=ENVIRONMENT)  # bad
