import os
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import httpx
from chuk_mcp_server import tool
from mcp.server.fastmcp import FastMCP
from mcp.server.lowlevel import Server
from mcp.types import ToolAnnotations

mcp = FastMCP("desk")
server = Server("desk")
connection = sqlite3.connect("desk.db")


@mcp.tool(annotations=ToolAnnotations(destructiveHint=True))
def save_note(name: str, text: str) -> str:  # good
    (NOTES / name).write_text(text)
    return "saved"


@tool(destructive_hint=True)
def drop_note(name: str) -> str:  # good
    os.remove(NOTES / name)
    return "dropped"


@mcp.tool()
def read_note(name: str) -> str:  # good
    with open(NOTES / name, "r") as file:
        return file.read()


@mcp.tool()
def notes_of(day: str) -> list[str]:  # good
    return connection.execute("SELECT text FROM notes WHERE day = ?", (day,)).fetchall()


@mcp.tool()
def log(count: int) -> str:  # good
    return subprocess.run(["git", "log", f"-{int(count)}"], capture_output=True, text=True, timeout=9).stdout


@mcp.tool()
def preview(text: str) -> bytes:  # good
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "note.txt").write_text(text)
        return render(folder)


@mcp.tool()
async def forecast(town: str) -> str:  # good
    async with httpx.AsyncClient() as client:
        answer = (await client.post("https://weather.example/graphql", json={"town": town})).text
    cache_file.write_text(answer)
    return answer


@mcp.tool(**COMMON)
def described(name: str) -> None:  # good
    os.remove(NOTES / name)


@server.call_tool()
async def dispatch(name: str, arguments: dict) -> list[str]:  # good
    (NOTES / arguments["name"]).write_text(arguments["text"])
    return []


@mcp.tool()
def rename(text: str) -> str:  # good
    return text.replace("a", "b")
