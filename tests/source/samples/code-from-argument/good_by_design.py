import importlib

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("python")
PLUGINS = ("math", "statistics")


@mcp.tool()
def run_python(code: str) -> str:
    """Run Python code."""
    scope: dict[str, object] = {}
    exec(code, scope)  # good
    return str(scope.get("result"))


@mcp.tool()
def plugin(name: str) -> str:
    if name not in PLUGINS:
        raise ValueError(name)
    return importlib.import_module(name).__doc__ or ""  # good


@mcp.tool()
def handler(kind: str) -> str:
    module = importlib.import_module(f"letters.{kind}")  # good
    return module.__name__
