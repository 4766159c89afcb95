import asyncio
import subprocess
from typing import Any

from mcp.server import Server

server = Server("build")


def run(command: str) -> str:
    return subprocess.check_output(command, shell=True, text=True)  # bad


class Builder:
    def __init__(self, target: str) -> None:
        self.target = target

    async def build(self) -> None:
        process = await asyncio.create_subprocess_shell("make {}".format(self.target))  # bad
        await process.wait()


@server.call_tool()
async def call_tool(name: str, arguments: dict[str, Any]) -> str:
    if name == "log":
        branch = arguments.get("branch") or "main"
        return run(" ".join(["git", "log", branch]))
    await Builder(arguments["target"]).build()
    return ""
