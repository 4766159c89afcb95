from mcp.client.sse import sse_client


async def tools(url: str) -> list[str]:
    async with sse_client(url) as (reader, writer):  # good
        return [str(reader), str(writer)]
