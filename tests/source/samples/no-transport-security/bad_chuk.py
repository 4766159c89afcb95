import sys

from chuk_mcp_server import ChukMCPServer, run, tool

mcp = ChukMCPServer("notes")


@mcp.tool
def titles() -> list[str]:
    return ["shopping", "work"]


@tool
def now() -> str:
    return "12:00"


if "--alone" in sys.argv:
    mcp.run(host="127.0.0.1", port=8000)  # bad
else:
    run(transport="http", port=8000)  # bad
