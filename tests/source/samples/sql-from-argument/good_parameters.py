import sqlite3

from mcp.server.fastmcp import FastMCP
from sqlalchemy import text

mcp = FastMCP("shop")
connection = sqlite3.connect("shop.db")


@mcp.tool()
def find(name: str) -> list[tuple]:
    return connection.execute("SELECT * FROM items WHERE name = ?", (name,)).fetchall()  # good


@mcp.tool()
def several(names: list[str]) -> list[tuple]:
    marks = ", ".join("?" for _ in names)
    return connection.execute(f"SELECT * FROM items WHERE name IN ({marks})", names).fetchall()  # good


@mcp.tool()
def page(number: int, size: int = 20) -> list[tuple]:
    return connection.execute(f"SELECT * FROM items LIMIT {size} OFFSET {number * size}").fetchall()  # good


@mcp.tool()
def bound(session, name: str) -> list:
    return session.execute(text("SELECT * FROM items WHERE name = :name"), {"name": name}).all()  # good
