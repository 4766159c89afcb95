import os

from pydantic_settings import BaseSettings
from slowapi import Limiter
from slowapi.util import get_remote_address

RATE_LIMIT_ENABLED = os.getenv("RATE_LIMIT_ENABLED", "true").lower() == "true"  # good
limiter = Limiter(key_func=get_remote_address, default_limits=["60/minute"])  # good


class ServerSettings(BaseSettings):
    enable_rate_limiting: bool = True  # good
    rate_limit_per_minute: int = 60  # good


class Endpoint:
    def __init__(self, rate_limiter=None) -> None:
        self.rate_limiter = rate_limiter
        self._rate_limit_enabled = False  # good


def start(serve, args):
    serve(rate_limit_enabled=args.rate_limit)  # good
    serve(disable_rate_limit=args.fast)  # good
