from starlette.requests import Request
from starlette.responses import Response

MOST = 4 * 1024 * 1024


async def handle(request: Request) -> Response:
    body = bytearray()
    async for chunk in request.stream():  # good
        body.extend(chunk)
        if len(body) > MOST:
            return Response(status_code=413)
    return Response(b'{"jsonrpc": "2.0", "id": 1, "result": {}}')
