from starlette.responses import JSONResponse

HEADERS = {
    "Content-Type": "application/json",
    "Access-Control-Allow-Origin": "*",  # bad
}


async def handle_message(request):
    response = JSONResponse({"jsonrpc": "2.0", "id": 1, "result": {}})
    response.headers["Access-Control-Allow-Origin"] = "*"  # bad
    return response


async def raw(send):
    headers = [(b"content-type", b"application/json"), (b"access-control-allow-origin", b"*")]  # bad
    await send({"type": "http.response.start", "status": 200, "headers": headers})


class Handler:
    def answer(self):
        self.send_header("Access-Control-Allow-Origin", "*")  # bad
