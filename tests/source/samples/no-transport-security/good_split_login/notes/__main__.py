from .server import mcp

mcp.run(transport="http")  # good
