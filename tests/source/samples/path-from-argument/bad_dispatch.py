import os
import shutil
from typing import Any

from mcp.server import Server
from pydantic import BaseModel

server = Server("files")


class Copy(BaseModel):
    source: str
    target: str
    retries: int = 3


class Store:
    def __init__(self, folder: str) -> None:
        self.folder = folder

    def remove(self, name: str) -> None:
        os.remove(os.path.join(self.folder, name))  # bad


store = Store("/srv/files")


@server.call_tool()
async def call_tool(name: str, arguments: dict[str, Any]) -> list[Any]:
    if name == "copy":
        wanted = Copy(**arguments)
        shutil.copy(wanted.source, wanted.target)  # bad
    elif name == "list":
        folder = arguments.get("folder", ".")
        return os.listdir(folder)  # bad
    elif name == "remove":
        store.remove(arguments["name"])
    return []
