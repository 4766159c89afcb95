import uvicorn
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("weather")
app = mcp.sse_app()  # bad

if __name__ == "__main__":
    uvicorn.run(app, port=8000)
