from mcp.server.lowlevel import Server
from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

SETTINGS = TransportSecuritySettings(allowed_hosts=["127.0.0.1:*"], allowed_origins=["http://127.0.0.1:*"])
server = Server("weather")
sessions = StreamableHTTPSessionManager(app=server, security_settings=SETTINGS)  # good
events = SseServerTransport("/messages/", SETTINGS)  # good
