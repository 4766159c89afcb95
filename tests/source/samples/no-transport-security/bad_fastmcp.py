import os

from fastmcp import FastMCP

mcp = FastMCP("notes")
TRANSPORT = os.getenv("TRANSPORT", "streamable-http")


@mcp.tool
def titles() -> list[str]:
    return ["shopping", "work"]


def web():
    return mcp.http_app(path="/mcp")  # bad


if __name__ == "__main__":
    if os.getenv("LEGACY"):
        mcp.run(transport="sse")  # bad
    mcp.run(transport=TRANSPORT, port=9000)  # bad
