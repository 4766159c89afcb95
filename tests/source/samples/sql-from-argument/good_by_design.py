import sqlite3

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("shop")
connection = sqlite3.connect("shop.db")


@mcp.tool()
def run_query(query: str) -> list[tuple]:
    """Run a query."""
    return connection.execute(query).fetchall()  # good


@mcp.tool()
async def search(client, topic: str) -> list:
    return await client.query(f"select papers about {topic}")  # good


@mcp.tool()
async def invoke(tool, text: str) -> str:
    return await tool.execute(f"answer: {text}")  # good
