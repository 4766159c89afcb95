from mcp.server import Server
from mcp.server.sse import SseServerTransport
from starlette.applications import Starlette
from starlette.routing import Mount, Route


def app_of(server: Server) -> Starlette:
    events = SseServerTransport("/messages/")  # bad

    async def stream(request):
        async with events.connect_sse(request.scope, request.receive, request._send) as (reader, writer):
            await server.run(reader, writer, server.create_initialization_options())

    return Starlette(routes=[Route("/sse", stream), Mount("/messages/", app=events.handle_post_message)])
