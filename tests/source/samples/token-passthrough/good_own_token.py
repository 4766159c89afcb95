import os

import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token, get_http_headers

mcp = FastMCP("issues")
API_TOKEN = os.environ["ISSUES_API_TOKEN"]


@mcp.tool
async def issues(project: str) -> str:
    who = get_access_token()
    headers = {"Authorization": f"Bearer {API_TOKEN}", "X-User": who.client_id}
    async with httpx.AsyncClient(headers=headers, timeout=10) as client:  # good
        return (await client.get("https://api.example.com/issues", params={"project": project})).text


@mcp.tool
async def traced(client: httpx.AsyncClient) -> str:
    trace = get_http_headers().get("traceparent", "")
    return (await client.get("https://api.example.com/", headers={"traceparent": trace})).text  # good


async def retried(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    headers = dict(headers)
    headers = {**headers, "Authorization": headers.get("authorization", API_TOKEN)}
    return (await client.get("https://api.example.com/", headers=headers)).text  # good
