"""A variable that every target gets that is our child: who tells its value has told its environment."""

import functools
import secrets
from typing import Final

NAME: Final = "MCP_AUDIT_CANARY"


@functools.cache
def canary() -> str:
    """Return the value, which is random, and the same as long as this process lives."""
    return f"canary-{secrets.token_hex(16)}"
