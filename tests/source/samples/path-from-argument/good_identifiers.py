import json
import os
import uuid
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

from mcp.server.fastmcp import FastMCP
from pydantic import Field

mcp = FastMCP("reports")
FOLDER = Path("/srv/reports")
REPORTS = {"today": FOLDER / "today.json", "week": FOLDER / "week.json"}


class Kind(Enum):
    SHORT = "short"
    LONG = "long"


@mcp.tool()
def by_number(number: int) -> str:
    return (FOLDER / f"{number}.json").read_text()  # good


@mcp.tool()
def by_kind(kind: Kind, span: Literal["day", "week"]) -> str:
    return (FOLDER / f"{kind.value}-{span}.json").read_text()  # good


@mcp.tool()
def by_pattern(key: Annotated[str, Field(pattern="^[a-z]+$")]) -> str:
    return (FOLDER / key).read_text()  # good


@mcp.tool()
def by_id(report_id: str) -> str:
    return (FOLDER / str(uuid.UUID(report_id))).read_text()  # good


@mcp.tool()
def by_table(name: str) -> str:
    return REPORTS[name].read_text()  # good


@mcp.tool()
def by_name(name: str) -> str:
    return (FOLDER / os.path.basename(name)).read_text()  # good


@mcp.tool()
def by_list(name: str) -> str:
    if name not in os.listdir(FOLDER):
        raise ValueError(name)
    with open(FOLDER / name, encoding="utf-8") as file:  # good
        return json.load(file)
