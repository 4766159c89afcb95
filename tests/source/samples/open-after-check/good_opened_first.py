import os
import stat

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("files")


@mcp.tool()
def secret(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)  # good
    if os.fstat(descriptor).st_mode & stat.S_IRWXO:
        raise PermissionError("others may read it")
    return os.read(descriptor, 4096)  # good
