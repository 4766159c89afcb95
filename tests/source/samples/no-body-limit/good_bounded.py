from aiohttp import web
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MOST = 4 * 1024 * 1024
app = web.Application(client_max_size=MOST)  # good


async def handle(request: Request) -> Response:
    if int(request.headers.get("content-length", "0")) > MOST:
        return Response(status_code=413)
    body = await request.body()  # good
    return JSONResponse({"jsonrpc": "2.0", "id": 1, "result": {"length": len(body)}})
