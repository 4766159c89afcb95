from fastmcp import FastMCP
from fastmcp.server.auth import JWTVerifier

verifier = JWTVerifier(jwks_uri="https://login.example.com/keys", audience="https://mcp.example.com")
mcp = FastMCP("orders", auth=verifier)

if __name__ == "__main__":
    mcp.run(transport="http", port=8000)  # good
