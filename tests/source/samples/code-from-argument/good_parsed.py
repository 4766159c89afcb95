import ast
import json

import yaml
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("calculator")


@mcp.tool()
def literal(text: str) -> object:
    return ast.literal_eval(text)  # good


@mcp.tool()
def loaded(text: str) -> object:
    return yaml.safe_load(text) or yaml.load(text, Loader=yaml.SafeLoader)  # good


@mcp.tool()
def parsed(text: str) -> object:
    return json.loads(text)  # good


@mcp.tool()
def computed(left: float, right: float) -> float:
    return eval(f"{left} + {right}")  # good
