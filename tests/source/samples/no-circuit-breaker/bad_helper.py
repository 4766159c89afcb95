import requests
from fastmcp import FastMCP

mcp = FastMCP("mayors")


def ask(path: str) -> str:
    return requests.get(f"https://mayors.example/{path}", timeout=5).text  # bad


@mcp.tool
def mayor(town: str) -> str:
    return ask(town)
