from typing import Any

import git
from mcp.server import Server

server = Server("git")


def diff(repo: git.Repo, target: str, context: int = 3) -> str:
    return repo.git.diff(f"--unified={context}", target)  # bad


def checkout(repo: git.Repo, branch: str) -> None:
    repo.git.checkout(branch)  # bad


@server.call_tool()
async def call_tool(name: str, arguments: dict[str, Any]) -> str:
    repo = git.Repo("/srv/repository")
    if name == "checkout":
        checkout(repo, arguments["branch"])
    return diff(repo, arguments["target"])
