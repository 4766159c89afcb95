from mcp.server.fastmcp import FastMCP

mcp = FastMCP("web")


@mcp.tool()
def describe(url: str, name: str) -> str:
    if not url.startswith("https://example.com/"):  # good
        raise ValueError("elsewhere")
    if ".." in name or "/" in name or "\\" in name:  # good
        raise ValueError("no file name")
    with open(f"/srv/pages/{name}", encoding="utf-8") as file:
        return file.read()


@mcp.tool()
def is_range(text: str) -> bool:
    return ".." in text  # good


def check_prefix(text: str) -> bool:
    return text.startswith("/")  # good
