import httpx


async def verify(request) -> dict:
    token = request.headers.get("authorization", "")
    async with httpx.AsyncClient(timeout=5) as client:
        answer = await client.get("https://login.example.com/userinfo", headers={"Authorization": token})  # good
    return answer.json()


async def who(client: httpx.AsyncClient, request) -> dict:
    token = request.headers["authorization"]
    return (await client.get("https://login.example.com/oauth2/userinfo", headers={"Authorization": token})).json()  # good
