"""Parameters that the declaration keeps from clients are the server's; and many inner functions have one name."""

from functools import wraps

import tools
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")


@mcp.tool(exclude_args=["store"])
def read_notes(title: str, store: str = "/srv/notes.txt") -> str:
    with open(store) as file:  # good
        return "".join(line for line in file if line.startswith(title))


def with_log(path: str):
    def wrapper(path: str):
        with open(path, "a") as file:  # good
            file.write("called\n")

    return wrapper


def publish(function):
    @wraps(function)
    def wrapper(*args):
        return function(*args)

    mcp.add_tool(wrapper)


@tools.timed("save")
def save(path: str, text: str) -> None:
    with open(path, "w") as file:  # good
        file.write(text)
