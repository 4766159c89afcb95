import functools
from typing import Any

from fastmcp import FastMCP
from fastmcp.dependencies import Depends

mcp = FastMCP("orders")


@mcp.tool(exclude_args=["extractor"])
def find(order: str, extractor: Any | None = None) -> str:  # good
    return (extractor or default_extractor)(order)


@mcp.tool
def keep(key: str, value: Any, metadata: dict | None = None) -> None:  # good
    store[key] = value, metadata


@mcp.tool
def run(statement: str, query_params: list | None = None, connection: Any = Depends(connect)) -> str:  # good
    return connection.execute(statement, query_params)


def audited(function):
    @functools.wraps(function)
    async def wrapper(order: Any):  # good
        return await function(order)

    return mcp.tool()(wrapper)
