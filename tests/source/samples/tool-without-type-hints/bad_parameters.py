from fastmcp import FastMCP

mcp = FastMCP("orders")


@mcp.tool()
def find_order(number):  # bad
    return orders[number]


@mcp.tool
async def orders_of(customer: str, limit=10) -> list[str]:  # bad
    return await fetch(customer, limit)


class Desk:
    def __init__(self) -> None:
        mcp.tool(name="cancel")(self.cancel_order)

    def cancel_order(self, number, *, reason):  # bad
        self.cancelled[number] = reason


def count_orders(day):  # bad
    return len(orders[day])


mcp.add_tool(count_orders)
