from chuk_mcp_server import ChukMCPServer, run

mcp = ChukMCPServer("notes", transport="stdio")


@mcp.tool
def titles() -> list[str]:
    return ["shopping", "work"]


def main() -> None:
    mcp.run()  # good
    mcp.run(stdio=True)  # good
    run(transport="stdio")  # good
