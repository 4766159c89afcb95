import re
import sqlite3

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("shop")
connection = sqlite3.connect("shop.db")
TABLES = ("items", "orders")


def tables() -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]  # good


@mcp.tool()
def describe(table: str) -> list[tuple]:
    if table not in tables():
        raise ValueError(table)
    return connection.execute(f"PRAGMA table_info({table})").fetchall()  # good


@mcp.tool()
def ordered(table: str, column: str) -> list[tuple]:
    if table not in TABLES or not re.match(r"^\w+$", column):
        raise ValueError(column)
    return connection.execute(f"SELECT * FROM {table} ORDER BY {column}").fetchall()  # good


@mcp.tool()
def quoted(table: str) -> list[tuple]:
    name = table.replace('"', '""')
    return connection.execute(f'SELECT * FROM "{name}"').fetchall()  # good
