from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")


@mcp.tool()
def read_note(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # bad
        return file.read()


@mcp.tool()
def delete_note(name: str) -> None:
    from pathlib import Path

    target = Path("/srv/notes") / f"{name}.md"
    target.unlink()  # bad
