from typing import Any

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("orders")


@mcp.tool()
def find_orders(**filters) -> list[str]:  # bad
    return orders.find(filters)


@mcp.tool(name="add")
async def add_order(number: int, *lines: str) -> None:  # bad
    await orders.add(number, lines)


def proxy(**kwargs: Any) -> Any:  # bad
    return upstream.call(kwargs)


mcp.add_tool(proxy, name="proxy")
