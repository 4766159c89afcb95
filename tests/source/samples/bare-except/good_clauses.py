from mcp.server.fastmcp import FastMCP

mcp = FastMCP("weather")


@mcp.tool()
async def forecast(town: str) -> str:
    try:
        return await fetch(town)
    except TimeoutError:  # good
        return "no forecast"


def stored(connection) -> None:
    try:
        connection.execute("UPDATE towns SET seen = 1")
    except:  # good
        connection.rollback()
        raise


def station(line: str) -> float | None:
    try:
        return float(line)
    except (ValueError, OverflowError) as error:  # good
        print(error)
    return None


def translated(line: str) -> float:
    try:
        return float(line)
    except:  # good
        raise RuntimeError("not a reading") from None
