import httpx
from mcp.server.auth.middleware.auth_context import get_access_token

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"


async def exchanged(client: httpx.AsyncClient) -> str:
    form = {"grant_type": GRANT, "subject_token": get_access_token().token}
    answer = await client.post("https://login.example.com/token", data=form, headers={"accept": "application/json"})  # good
    return answer.json()["access_token"]


async def documents(client: httpx.AsyncClient) -> str:
    token = await exchanged(client)
    return (await client.get("https://api.example.com/", headers={"Authorization": f"Bearer {token}"})).text  # good
