import typing as t
from typing import Annotated, Any, Dict, Optional

from mcp.server.fastmcp import FastMCP
from pydantic import Field

mcp = FastMCP("orders")


@mcp.tool()
def store(order: dict) -> str:  # bad
    return orders.add(order)


@mcp.tool()
def store_many(day: str, found: Optional[list] = None, note: "Any" = None) -> int:  # bad
    return orders.extend(day, found, note)


@mcp.tool()
async def set_field(number: int, field: str, new: t.Any) -> None:  # bad
    setattr(orders[number], field, new)


@mcp.tool()
async def change(number: int, fields: Annotated[Dict | None, Field(description="what to change")]) -> None:  # bad
    orders[number].update(fields)
