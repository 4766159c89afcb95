from starlette.responses import JSONResponse

METADATA = {"resource": "https://mcp.example.com/mcp"}


async def protected_resource(request):
    return JSONResponse(METADATA, headers={"Access-Control-Allow-Origin": "*"})  # good


async def health(request):
    return JSONResponse({"status": "ok"}, headers={"Access-Control-Allow-Origin": "*"})  # good


def routes(app):
    @app.route("/.well-known/oauth-authorization-server")
    async def issuer(request):
        return JSONResponse({"issuer": "https://login.example.com"}, headers={"access-control-allow-origin": "*"})  # good
