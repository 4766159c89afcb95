from mcp.server.fastmcp import FastMCP

mcp = FastMCP("desk")

current_folder = "/"
basket: list[str] = []
orders = {}
seen = set()


@mcp.tool()
def enter(folder: str) -> str:
    global current_folder
    current_folder = folder  # bad
    return current_folder


@mcp.tool()
def put(thing: str) -> int:
    basket.append(thing)  # bad
    basket.append(thing)
    return len(basket)


@mcp.tool()
async def order(number: int, thing: str) -> None:
    _store(number, thing)


def _store(number: int, thing: str) -> None:
    orders[number] = thing  # bad


@mcp.tool()
async def look(thing: str) -> bool:
    if thing == "all":
        seen.clear()  # bad
    return thing in seen
