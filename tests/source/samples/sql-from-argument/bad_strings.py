import sqlite3

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("shop")
connection = sqlite3.connect("shop.db")


@mcp.tool()
def find(name: str) -> list[tuple]:
    return connection.execute(f"SELECT * FROM items WHERE name = '{name}'").fetchall()  # bad


@mcp.tool()
def remove(key: str) -> None:
    cursor = connection.cursor()
    cursor.execute("DELETE FROM items WHERE key = '%s'" % key)  # bad


@mcp.tool()
def renamed(old: str, new: str) -> None:
    query = "UPDATE items SET name = '{}' WHERE name = '{}'".format(new, old)  # bad
    connection.execute(query)
