"""Asking the authorization server something: bounded in time and size, never redirected."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import Final, TypeAlias

import httpx2

from oraclepack_mcp.errors import DomainError

MAX_BYTES: Final = 256 * 1024
"""Bytes of one answer."""

Guard: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Runs its body as one call of the authorization server; raises UNAVAILABLE while that is left alone."""


def unguarded() -> AbstractContextManager[None]:
    """Let every call through."""
    return nullcontext()


def open_client(timeout_s: float, transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """Make the client for the authorization server; a test hands in its own `transport`."""
    return httpx2.AsyncClient(timeout=timeout_s, follow_redirects=False, transport=transport)


async def fetch(client: httpx2.AsyncClient, request: httpx2.Request) -> bytes:
    """The body of the answer.

    Raises:
        DomainError: UNAVAILABLE; no answer in time, none with status 200, or one that is too large.
    """
    body = bytearray()
    try:
        response = await client.send(request, stream=True)
        try:
            if response.status_code != HTTPStatus.OK:
                raise _unavailable(f"status {response.status_code}")
            async for chunk in response.aiter_bytes():
                body.extend(chunk)
                if len(body) > MAX_BYTES:
                    raise _unavailable("too large an answer")
        finally:
            await response.aclose()
    except httpx2.HTTPError as error:
        raise _unavailable(type(error).__name__) from error
    return bytes(body)


def _unavailable(reason: str) -> DomainError:
    return DomainError("UNAVAILABLE", f"the authorization server cannot be asked: {reason}")
