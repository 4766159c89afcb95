from dataclasses import dataclass


@dataclass
class ApiError(Exception):
    rate_limited: bool = False  # good
    rate_limit_remaining: int | None = None  # good


def parse(headers: dict[str, str]) -> ApiError:
    rate_limit_enabled = False  # good
    for name in headers:
        if name.lower().startswith("x-ratelimit"):
            rate_limit_enabled = True
    return ApiError(rate_limited=rate_limit_enabled)
