"""Two tools on `mcp` 1.x behind bearer tokens: `audience` as second argument asks that they are for this server.

The tokens are plain names: alice and bob are two users, `elsewhere` is a token that the same issuer made out to
another server.
"""

import sys
from typing import Any

from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.fastmcp import FastMCP  # type: ignore[attr-defined]
from pydantic import AnyHttpUrl

port = int(sys.argv[1])
here = f"http://127.0.0.1:{port}/mcp"
users = {"alice": here, "bob": here, "elsewhere": "http://127.0.0.1:9/mcp"}


class Names(TokenVerifier):
    """Every user's token is the name."""

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what is known of the token."""
        if token not in users:
            return None
        fields: dict[str, Any] = {"token": token, "client_id": token, "subject": token, "resource": users[token]}
        known = {name: value for name, value in fields.items() if name in AccessToken.model_fields}
        return AccessToken(scopes=["use"], expires_at=None, **known)


def settings() -> AuthSettings:
    """Return the settings, with the check of the audience where it is asked for and exists."""
    asked: dict[str, Any] = {"validate_token_resource": True} if "audience" in sys.argv else {}
    fields = AuthSettings.model_fields
    return AuthSettings(
        issuer_url=AnyHttpUrl("https://issuer.example/"),
        resource_server_url=AnyHttpUrl(here),
        required_scopes=["use"],
        **{name: value for name, value in asked.items() if name in fields},
    )


server = FastMCP("two-tools", host="127.0.0.1", port=port, token_verifier=Names(), auth=settings())


@server.tool()  # type: ignore[untyped-decorator]
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()  # type: ignore[untyped-decorator]
def echo(text: str) -> str:
    """Return the text."""
    return text


server.run("streamable-http")
