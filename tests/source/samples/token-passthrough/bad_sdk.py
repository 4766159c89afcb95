import aiohttp
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.fastmcp import Context, FastMCP

mcp = FastMCP("files")


@mcp.tool()
async def files(folder: str) -> str:
    """List files."""
    token = get_access_token()
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": "Bearer " + token.token}
        async with session.get("https://api.example.com/files", headers=headers) as answer:  # bad
            return await answer.text()


@mcp.tool()
async def team(team_id: int, ctx: Context) -> str:
    """Return a team."""
    authorization = ctx.request_context.request.headers["authorization"]
    async with aiohttp.ClientSession(headers={"Authorization": authorization}) as session:  # bad
        async with session.get(f"https://api.example.com/teams/{team_id}") as answer:
            return await answer.text()
