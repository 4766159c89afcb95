import asyncpg
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("logs")


@mcp.tool()
async def rows(level: str | None = None, order: str = "time", limit: int = 10) -> list:
    connection = await asyncpg.connect("postgres://localhost/logs")
    query = "SELECT * FROM log WHERE true"
    if level:
        query += f" AND level = '{level}'"  # bad
    query += f" ORDER BY {order} LIMIT {limit}"
    return await connection.fetch(query)


@mcp.tool()
async def kusto(client, table_name: str) -> list:
    return client.execute("database", f"{table_name} | take 10")  # bad
