import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.github import GitHubProvider
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("repositories", auth=GitHubProvider(client_id="id", client_secret="", base_url="https://mcp.example.com"))


@mcp.tool
async def repositories() -> str:
    """List repositories: the provider keeps the token of GitHub and gives callers one of its own."""
    headers = {"Authorization": f"Bearer {get_access_token().token}"}
    async with httpx.AsyncClient(timeout=10) as client:
        return (await client.get("https://api.github.com/user/repos", headers=headers)).text  # good
