"""The id under which one request stands in logs, audit log and answers."""

import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

HEADER: Final = b"x-request-id"
_ACCEPTED: Final = re.compile(rb"[A-Za-z0-9_-]{8,64}")

current: Final[ContextVar[str | None]] = ContextVar("oraclepack_request_id", default=None)
"""The id of the request that is being served; none outside of requests."""


def choose(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The client's id where it is short and plain, otherwise a new one: nothing that a client sends can forge a log."""
    for name, value in headers:
        if name == HEADER:
            return value.decode("ascii") if _ACCEPTED.fullmatch(value) else secrets.token_hex(8)
    return secrets.token_hex(8)
