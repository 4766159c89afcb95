"""The public keys of the issuer: fetched when needed, kept for a while, and fetched again for a key nobody knows yet.

Keys rotate, so a token with an unknown key id is a reason to look again. It is also what an attacker can send without
end, so two looks are at least an interval apart.
"""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import anyio
import httpx2
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.http.auth.fetching import Guard, fetch, unguarded
from oraclepack_mcp.http.auth.settings import Algorithm

Load: TypeAlias = Callable[[], Awaitable[bytes]]
MAX_KEYS: Final = 100
STALE_FACTOR: Final = 6
"""How many times their age keys may reach while their source is down."""
_PUBLIC: Final = frozenset({"RSA", "EC", "OKP"})


class KeyRing:
    """The keys of one source; `clock` tells seconds that never go back."""

    def __init__(
        self,
        load: Load,
        algorithms: Sequence[Algorithm],
        *,
        max_age_s: float,
        min_interval_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._algorithms = frozenset(algorithms)
        self._max_age_s = max_age_s
        self._min_interval_s = min_interval_s
        self._clock = clock
        self._lock = anyio.Lock()
        self._keys: tuple[PyJWK, ...] = ()
        self._loaded_at: float | None = None
        self._tried_at: float | None = None

    async def find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """The key of that id for that algorithm; without an id, the only key for it.

        Raises:
            DomainError: UNAVAILABLE, there are no keys that could still be trusted.
        """
        if self._older_than(self._max_age_s):
            await self._refresh(lambda: self._older_than(self._max_age_s))
        if self._older_than(self._max_age_s * STALE_FACTOR):
            raise DomainError("UNAVAILABLE", "the keys of the authorization server cannot be had")
        key = self._match(kid, algorithm)
        if key is None and kid is not None:
            await self._refresh(lambda: self._match(kid, algorithm) is None)
            key = self._match(kid, algorithm)
        return key

    def _older_than(self, seconds: float) -> bool:
        return self._loaded_at is None or self._clock() - self._loaded_at > seconds

    def _match(self, kid: str | None, algorithm: str) -> PyJWK | None:
        fitting = [key for key in self._keys if key.algorithm_name == algorithm and kid in {None, key.key_id}]
        return fitting[0] if len(fitting) == 1 else None

    async def _refresh(self, still_needed: Callable[[], bool]) -> None:
        """Load the keys, unless somebody just has; a failure leaves the old ones in place."""
        async with self._lock:
            now = self._clock()
            if not still_needed() or (self._tried_at is not None and now - self._tried_at < self._min_interval_s):
                return
            self._tried_at = now
            try:
                self._keys = _read(await self._load(), self._algorithms)
            except DomainError:
                return
            self._loaded_at = now


def from_url(client: httpx2.AsyncClient, url: str, guard: Guard = unguarded) -> Load:
    """Load keys over HTTP."""

    async def load() -> bytes:
        with guard():
            return await fetch(client, client.build_request("GET", url, headers={"Accept": "application/json"}))

    return load


def from_file(path: Path) -> Load:
    """Load keys from a file of the operator."""

    async def load() -> bytes:
        try:
            return await anyio.Path(path).read_bytes()
        except OSError as error:
            raise DomainError("UNAVAILABLE", f"the file of keys cannot be read: {error.strerror}") from error

    return load


def _read(raw: bytes, algorithms: frozenset[str]) -> tuple[PyJWK, ...]:
    """The keys that verify signatures; a set may hold others, also of kinds that are not known here.

    Raises:
        DomainError: UNAVAILABLE, this is no set of keys.
    """
    try:
        entries = json.loads(raw)["keys"][:MAX_KEYS]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DomainError("UNAVAILABLE", "the authorization server gave no set of keys") from error
    found = (_key(entry) for entry in entries if isinstance(entry, dict))
    return tuple(key for key in found if key is not None and key.algorithm_name in algorithms)


def _key(entry: dict[str, Any]) -> PyJWK | None:
    """A public key for signatures; a secret or a private key has no business in a public set."""
    if entry.get("kty") not in _PUBLIC or "d" in entry or entry.get("use", "sig") != "sig":
        return None
    try:
        return PyJWK(entry)
    except PyJWTError:
        return None
