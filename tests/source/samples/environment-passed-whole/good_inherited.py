import os
import subprocess
import sys

import jinja2

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("files")


@mcp.tool()

def show(path: str) -> str:
    subprocess.run(["stat", "--", path], check=True)  # good
    template = jinja2.Template("{{ env }}")
    return template.render(env=os.environ)  # good


@mcp.tool()
def again() -> None:
    subprocess.run([sys.executable, "-m", "files.worker"], env={**os.environ, "FILES_WORKER": "1"}, check=True)  # good


def edit(path: str) -> None:
    """Open the settings in the editor: a command of the user's own."""
    subprocess.run(["editor", path], env={**os.environ, "TERM": "xterm"}, check=True)  # good


def saved() -> dict[str, str]:
    return dict(os.environ)  # good
