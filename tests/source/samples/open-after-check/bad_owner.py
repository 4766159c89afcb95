import os
import stat

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("files")


@mcp.tool()
def secret(path: str) -> bytes:
    if os.lstat(path).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PermissionError("others may read it")
    descriptor = os.open(path, os.O_RDONLY)  # bad
    return os.read(descriptor, 4096)


def plain(path: str) -> str:
    if os.path.islink(path) or not os.path.isfile(path):
        return ""
    return open(path, encoding="utf-8").read()  # bad
