import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MOST = 1_000_000


async def handle(request: Request) -> Response:
    body = await request.body()  # bad
    if len(body) > MOST:
        return Response(status_code=413)
    message = json.loads(body)
    return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": {}})


async def notify(request: Request) -> Response:
    message = await request.json()  # bad
    return Response(status_code=202 if message.get("method") else 400)
