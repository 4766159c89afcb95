import math

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("calculator")


@mcp.tool()
def calculate(expression: str) -> float:
    names = {"__builtins__": {}, "sqrt": math.sqrt}
    return eval(expression, names)  # bad


@mcp.tool()
def plot(formula: str) -> list[float]:
    function = compile(f"lambda x: {formula}", "formula", "eval")  # bad
    return [value for value in range(10)]
