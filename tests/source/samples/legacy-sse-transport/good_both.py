import argparse

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("weather")
parser = argparse.ArgumentParser()
parser.add_argument("--old", action="store_true")

if __name__ == "__main__":
    if parser.parse_args().old:
        mcp.run(transport="sse")  # good
    mcp.run(transport="streamable-http")
