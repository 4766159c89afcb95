from fastmcp.server.auth import JWTVerifier

verifier = JWTVerifier(jwks_uri="https://login.example.com/keys", audience="https://notes.example.com")
