import os

from fastmcp import FastMCP
from pydantic_settings import BaseSettings

AUTH_ENABLED = False  # bad
REQUIRE_AUTH = os.getenv("REQUIRE_AUTH", "false").lower() in ("1", "true")  # bad


class ServerConfig(BaseSettings):
    auth_enabled: bool = False  # bad
    disable_auth: bool = True  # bad


def start(server: FastMCP, serve) -> None:
    serve(server, require_auth=False)  # bad
