import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Mount

server = Server("weather")
sessions = StreamableHTTPSessionManager(app=server, json_response=True)  # bad
events = SseServerTransport("/messages/")  # bad
late = StreamableHTTPSessionManager(server, security_settings=None)  # bad
open_to_all = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # bad
app = Starlette(routes=[Mount("/mcp", app=sessions.handle_request)])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=8080)
