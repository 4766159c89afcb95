"""Folders of a fixed name are counted: nothing of others is told."""

import os

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("projects")


@mcp.tool()
def count_models(project: str) -> int:
    return len(os.listdir(os.path.join(project, "models")))  # good


@mcp.tool()
def has_views(project: str) -> bool:
    return any(os.scandir(f"{project}/views"))  # good
