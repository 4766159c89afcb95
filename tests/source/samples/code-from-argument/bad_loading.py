import base64
import importlib
import pickle
from typing import Any

import yaml
from mcp.server import Server

server = Server("state")


@server.call_tool()
async def call_tool(name: str, arguments: dict[str, Any]) -> Any:
    if name == "restore":
        return pickle.loads(base64.b64decode(arguments["state"]))  # bad
    if name == "configure":
        return yaml.load(arguments["config"], Loader=yaml.Loader)  # bad
    return importlib.import_module(arguments["plugin"])  # bad
