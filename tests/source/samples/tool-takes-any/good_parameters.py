from typing import Annotated, Any, Literal, TypedDict

from mcp.server.fastmcp import Context, FastMCP
from mcp.server.lowlevel import Server
from pydantic import Field

mcp = FastMCP("orders")
server = Server("orders")


class Order(TypedDict):
    number: int


@mcp.tool()
def store(order: Order) -> dict[str, Any]:  # good
    return orders.add(order)


@mcp.tool()
def store_many(found: list[Order], tags: dict[str, str] | None = None) -> dict:  # good
    return orders.extend(found, tags)


@mcp.tool()
async def change(number: int, fields: Annotated[dict, Field(json_schema_extra=SCHEMA)]) -> None:  # good
    orders[number].update(fields)


@mcp.tool()
async def annotate(number: int, extra: dict[str, Any], mode: Literal["add", "set"]) -> None:  # good
    orders[number].annotate(extra, mode)


@server.call_tool()
async def dispatch(name: str, arguments: dict) -> list[Any]:  # good
    return await handlers[name](arguments)


@mcp.tool()
async def progress(ctx: Context[Any, Any, Any], number: int) -> Any:  # good
    return await ctx.report_progress(number)


def unlisted(order: dict) -> None:  # good
    orders.add(order)
