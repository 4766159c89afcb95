import os
import sqlite3
import subprocess
from pathlib import Path

import aiofiles
import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("desk")
connection = sqlite3.connect("desk.db")


@mcp.tool()
def save_note(name: str, text: str) -> str:  # bad
    (NOTES / name).write_text(text)
    return "saved"


@mcp.tool(name="append")
async def append_note(name: str, text: str) -> str:  # bad
    async with aiofiles.open(NOTES / name, "a") as file:
        await file.write(text)
    return "saved"


@mcp.tool()
def drop_note(name: str) -> str:  # bad
    _drop(name)
    return "dropped"


def _drop(name: str) -> None:
    os.remove(NOTES / name)


@mcp.tool()
def forget(day: str) -> int:  # bad
    return connection.execute("DELETE FROM notes WHERE day = ?", (day,)).rowcount


@mcp.tool()
def commit(message: str) -> str:  # bad
    return subprocess.run(["git", "commit", "-m", message], capture_output=True, text=True, timeout=9).stdout


@mcp.tool()
async def cancel(number: int) -> str:  # bad
    async with httpx.AsyncClient() as client:
        return (await client.delete(f"https://desk.example/orders/{number}")).text
