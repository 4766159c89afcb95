import re
import subprocess
from typing import Literal

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("services")
SERVICES = {"web", "mail"}


@mcp.tool()
def restart(service: str) -> int:
    if service not in SERVICES:
        raise ValueError(service)
    return subprocess.call(f"systemctl restart {service}", shell=True)  # good


@mcp.tool()
def status(service: Literal["web", "mail"]) -> int:
    return subprocess.call(f"systemctl status {service}", shell=True)  # good


@mcp.tool()
def branch(name: str) -> int:
    if not re.fullmatch(r"[a-z0-9]+", name):
        return -1
    return subprocess.call(f"git checkout {name} && make", shell=True)  # good
