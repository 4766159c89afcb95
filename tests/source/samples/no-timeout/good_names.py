import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("towns")


def tools_of(requests: dict[str, str]) -> str | None:
    return requests.get("tools")  # good


class Commands:
    def run(self, name: str) -> str:
        return self.subprocess.run(name)  # good


@mcp.tool()
def version() -> str:
    return subprocess.list2cmdline(["towns", "--version"])  # good
