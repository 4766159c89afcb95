import asyncio

import fastmcp
from mcp.client.streamable_http import streamable_http_client


async def main() -> None:
    async with streamable_http_client("http://127.0.0.1:8000/mcp") as streams:
        print(streams, fastmcp.__version__)


asyncio.run(main())  # good
