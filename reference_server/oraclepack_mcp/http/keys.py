"""Keys that all workers of one server share, without any of them being configured or written down.

The parent of the workers draws one secret and hands it to each through a pipe (`http.workers`); every purpose has a key
of its own, derived from it. A process that was handed none draws its own, and its keys end with it.
"""

import hashlib
import hmac
import secrets
from typing import Final

SECRET_BYTES: Final = 32


class _Secret:
    """What the keys of this process are derived from."""

    def __init__(self) -> None:
        self.value = draw_secret()


def draw_secret() -> bytes:
    """A new secret."""
    return secrets.token_bytes(SECRET_BYTES)


_secret: Final = _Secret()


def adopt(secret: bytes) -> None:
    """Derive keys from a secret that was handed to this process, from now on.

    Raises:
        ValueError: it is too short.
    """
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"a shared secret has at least {SECRET_BYTES} bytes")
    _secret.value = secret


def shared_key(purpose: str) -> bytes:
    """The 32 bytes for one purpose: the same in all workers of this server, and in no other server."""
    return hmac.digest(_secret.value, purpose.encode(), hashlib.sha256)
