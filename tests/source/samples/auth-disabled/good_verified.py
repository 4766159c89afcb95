import os

import jwt

AUTH_ENABLED = os.getenv("AUTH_ENABLED", "true") == "true"  # good


def user_of(token: str, keys: jwt.PyJWKClient) -> str:
    claims = jwt.decode(  # good
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=["RS256"],
        audience="https://mcp.example.com",
        options={"require": ["exp", "aud", "iss"], "verify_aud": True},
    )
    return claims["sub"]


def key_first(token: str, keys: dict[str, str]) -> dict:
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]  # good
    return jwt.decode(token, keys[issuer], algorithms=["RS256"], audience="https://mcp.example.com")  # good
