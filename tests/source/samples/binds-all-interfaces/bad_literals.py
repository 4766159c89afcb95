import argparse
import os
import socketserver

import uvicorn
from mcp.server.fastmcp import FastMCP

DEFAULT_HOST = "0.0.0.0"  # bad
mcp = FastMCP("weather", host=os.getenv("MCP_HOST", "0.0.0.0"))  # bad
parser = argparse.ArgumentParser()
parser.add_argument("--host", default="0.0.0.0", help="address to listen on")  # bad
parser.add_argument("-b", "--bind-address", default="::")  # bad


def serve(app, host: str = "0.0.0.0", port: int = 8000) -> None:  # bad
    uvicorn.run(app, host=host, port=port)


def plain(app) -> None:
    uvicorn.run(app, host=DEFAULT_HOST)


def start(app, options: dict[str, str]) -> None:
    mcp.settings.host = "0.0.0.0"  # bad
    uvicorn.run(app, "0.0.0.0", 8000)  # bad
    uvicorn.run(app, host=options.get("host") or "0.0.0.0")  # bad
    socketserver.TCPServer(("0.0.0.0", 9000), None).serve_forever()  # bad
