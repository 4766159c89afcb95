import sys

from .server import mcp

if "--sse" in sys.argv:
    mcp.run(transport="sse")  # bad
else:
    mcp.run(transport="http", port=8000)  # bad
