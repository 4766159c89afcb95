from pathlib import Path
from typing import Any

from mcp.server import Server

from .paths import validate_path
from .sheets import write_sheet

server = Server("files")
ALLOWED = [Path("/srv/a"), Path("/srv/b")]


def inside(path: Path, allowed: Path | None) -> None:
    if allowed is None:
        return
    if not path.resolve().is_relative_to(allowed.resolve()):
        raise ValueError(path)


@server.call_tool()
async def call_tool(name: str, arguments: dict[str, Any]) -> str:
    if name == "read":
        path = validate_path(arguments["path"])
        return path.read_text()  # good
    if name == "write":
        target = Path(arguments["target"])
        inside(target, ALLOWED[0])
        target.write_text(arguments["text"])  # good
    if name == "any":
        wanted = Path(arguments["wanted"]).resolve()
        if not any(wanted.is_relative_to(root) for root in ALLOWED):
            raise PermissionError(wanted)
        return wanted.read_text()  # good
    if name == "sheet":
        write_sheet(validate_path(arguments["sheet"]), arguments["rows"])  # good
    return "done"
