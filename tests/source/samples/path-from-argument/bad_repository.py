from pathlib import Path
from typing import Any

import git
from mcp.server import Server

server = Server("git")


def stage(repo: git.Repo, files: list[str]) -> str:
    repo.index.add(files)  # bad
    return "staged"


@server.call_tool()
async def call_tool(name: str, arguments: dict[str, Any]) -> str:
    path = Path(arguments["repo_path"])
    repo = git.Repo(path)  # bad
    match name:
        case "stage":
            return stage(repo, arguments["files"])
        case _:
            raise ValueError(f"unknown tool {name}")
