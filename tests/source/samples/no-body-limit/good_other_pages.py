from starlette.requests import Request
from starlette.responses import Response


class Client:
    def __init__(self, max_request_size: int | None = None) -> None:
        self.max_request_size = max_request_size  # good


async def webhook(request: Request) -> Response:
    form = await request.json()  # good
    return Response(str(len(form)))
