import functools
from typing import TypedDict, Unpack

from mcp.server.fastmcp import FastMCP
from mcp.server.lowlevel import Server

mcp = FastMCP("orders")
server = Server("orders")


class Filters(TypedDict, total=False):
    day: str


@mcp.tool()
def find_orders(**filters: Unpack[Filters]) -> list[str]:  # good
    return orders.find(filters)


@mcp.tool()
async def add_order(number: int, lines: list[str]) -> None:  # good
    await orders.add(*lines, number=number)


@server.call_tool()
async def dispatch(*args, **kwargs):  # good
    return await handle(*args, **kwargs)


def logged(function):
    def wrapper(*args, **kwargs):  # good
        return function(*args, **kwargs)

    return wrapper


def audited_tool(name: str):
    def decorator(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs):  # good
            return await function(*args, **kwargs)

        return mcp.tool(name=name)(wrapper)

    return decorator
