import asyncio
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("logs")
LOGS = Path("/var/log/app")


@mcp.resource("log://{name}")
async def log(name: str) -> str:
    path = LOGS.joinpath(name)
    return await asyncio.to_thread(path.read_text)  # bad


@mcp.resource("archive://{day}/{name}")
def archive(day: str, name: str) -> bytes:
    paths = [LOGS / day / part for part in name.split("+")]
    return b"".join(path.read_bytes() for path in paths)  # bad
