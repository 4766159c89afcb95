import os

from flask_limiter import Limiter as FlaskLimiter
from pydantic_settings import BaseSettings
from slowapi import Limiter
from slowapi.util import get_remote_address

RATE_LIMIT_ENABLED = os.getenv("RATE_LIMIT_ENABLED", "false").lower() == "true"  # bad
limiter = Limiter(key_func=get_remote_address, enabled=False)  # bad


class ServerSettings(BaseSettings):
    enable_rate_limiting: bool = False  # bad


def start(app, serve):
    app.config["RATELIMIT_ENABLED"] = False  # bad
    FlaskLimiter(get_remote_address, app=app, enabled=False)  # bad
    serve(app, rate_limit_enabled=False)  # bad
    serve(app, disable_rate_limit=True)  # bad
