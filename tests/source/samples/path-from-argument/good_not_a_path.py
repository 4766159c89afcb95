import tempfile
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("text")
HISTORY = Path("/srv/history.txt")


@mcp.tool()
def remember(text: str) -> int:
    with HISTORY.open("a") as file:  # good
        return file.write(text)


@mcp.tool()
def shown(path: str) -> str:
    return f"You said {path.upper()}"  # good


@mcp.tool()
def through_a_file(text: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        return open(file.name, encoding="utf-8").read()  # good


def load(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # good
        return file.read()


SETTINGS = load("settings.json")
