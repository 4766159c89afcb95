import httpx
import requests
from fastmcp import FastMCP
from fastmcp.server.auth import JWTVerifier
from fastmcp.server.dependencies import get_access_token, get_http_headers, get_http_request

mcp = FastMCP("issues", auth=JWTVerifier(jwks_uri="https://login.example.com/keys"))


@mcp.tool
async def issues(project: str) -> str:
    token = get_access_token()
    headers = {"Authorization": f"Bearer {token.token}"}
    async with httpx.AsyncClient(headers=headers, timeout=10) as client:  # bad
        return (await client.get("https://api.example.com/issues", params={"project": project})).text


@mcp.tool
def boards() -> str:
    given = get_http_headers(include={"authorization"}).get("authorization")
    return requests.get("https://api.example.com/boards", headers={"Authorization": given}, timeout=10).text  # bad


@mcp.tool
async def users(client: httpx.AsyncClient) -> str:
    request = get_http_request()
    own = {"accept": "application/json", "authorization": request.headers["authorization"]}
    answer = await client.get("https://api.example.com/users", headers=own)  # bad
    return answer.text


def bearer() -> str:
    header = get_http_headers().get("authorization", "")
    return header.removeprefix("Bearer ").strip()


@mcp.tool
def labels() -> str:
    answer = httpx.get("https://api.example.com/labels", headers={"Authorization": f"Bearer {bearer()}"}, timeout=5)  # bad
    return answer.text
