from typing import Annotated

from fastmcp import Context, FastMCP
from fastmcp.dependencies import Depends
from langchain_core.tools import tool
from mcp.server.lowlevel import Server

mcp = FastMCP("orders")
server = Server("orders")


@mcp.tool()
def find_order(number: int) -> str:  # good
    return orders[number]


@mcp.tool
async def orders_of(ctx: Context, customer: Annotated[str, "its name"], limit: int = 10):  # good
    return await fetch(customer, limit)


@mcp.tool
async def report(day: str, store=Depends(open_store)) -> str:  # good
    return store.report(day)


@server.call_tool()
async def dispatch(name, arguments):  # good
    return await handlers[name](arguments)


@mcp.tool(input_schema=SCHEMA)
def described(order):  # good
    return order


@tool
def of_an_agent(number):  # good
    return number


class Desk:
    @mcp.tool
    def cancel_order(self, number: int) -> None:  # good
        self.cancelled.add(number)


def unlisted(number):  # good
    return number
