"""Tools that a decorator of the server's own declares are tools."""

from mcp.server.fastmcp import FastMCP

from .registry import Tools, register_tool


def register(tools: Tools) -> None:
    @tools.reader("Read notes")
    def read_notes(path: str) -> str:
        with open(path) as file:  # bad
            return file.read()


@register_tool("append_note")
def append_note(path: str, text: str) -> None:
    with open(path, "a") as file:  # bad
        file.write(text)
