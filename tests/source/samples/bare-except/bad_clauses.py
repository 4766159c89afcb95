import asyncio

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("weather")


@mcp.tool()
async def forecast(town: str) -> str:
    try:
        return await fetch(town)
    except:  # bad
        return "no forecast"


def station(line: str) -> float | None:
    try:
        return float(line)
    except:  # bad
        pass
    return None


async def poll(queue: asyncio.Queue[str]) -> None:
    while True:
        try:
            await fetch(await queue.get())
        except ValueError:
            continue
        except:  # noqa: E722  # bad
            print("poll failed")
