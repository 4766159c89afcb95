"""Tokens that confirm one plan: for one caller, for a few minutes, once.

A token holds hashes, the moment it expires and a nonce, sealed with a key. It tells nothing, and whoever has it can do
no more with it than the one who was asked.
"""

import base64
import binascii
import hmac
import secrets
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from oraclepack_mcp.errors import DomainError

LIFETIME_S: Final = 300
"""Seconds for which a token is good."""
KEY_BYTES: Final = 32

_NONCE_BYTES: Final = 16
_DIGEST_BYTES: Final = sha256().digest_size
_BODY: Final = struct.Struct(f">B{_DIGEST_BYTES}s{_DIGEST_BYTES}sQ{_NONCE_BYTES}s")
_VERSION: Final = 1


class Nonces(Protocol):
    """The nonces that have been used, shared by all workers that share a key."""

    def use_nonce(self, nonce: str, *, now: float, expires_at: float) -> bool:
        """Use a nonce up; False where it has been used before. Those that have expired may be forgotten."""
        ...


class NoncesInMemory:
    """Used nonces of a single process. Thread-safe."""

    def __init__(self) -> None:
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def use_nonce(self, nonce: str, *, now: float, expires_at: float) -> bool:
        """Use a nonce up; False where it has been used before."""
        with self._lock:
            self._used = {known: until for known, until in self._used.items() if until >= now}
            if nonce in self._used:
                return False
            self._used[nonce] = expires_at
            return True


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token; `expires_at` is in seconds since 1970."""

    token: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class PlanTokens:
    """Issues and redeems tokens; every worker that shares the key and the nonces takes those of the others."""

    key: bytes
    nonces: Nonces
    clock: Callable[[], float] = time.time
    lifetime_s: int = LIFETIME_S

    def __post_init__(self) -> None:
        """Refuse a key that could be guessed."""
        if len(self.key) < KEY_BYTES:
            raise ValueError(f"the key of plan tokens has at least {KEY_BYTES} bytes")

    def issue(self, subject: str, principal: str) -> Issued:
        """A token for one subject, the hash of what is confirmed, and one caller."""
        expires_at = int(self.clock()) + self.lifetime_s
        nonce = secrets.token_bytes(_NONCE_BYTES)
        body = _BODY.pack(_VERSION, _digest(subject), _digest(principal), expires_at, nonce)
        return Issued(base64.urlsafe_b64encode(body + self._seal(body)).decode("ascii"), expires_at)

    def redeem(self, token: str, subject: str, principal: str) -> None:
        """Use a token up.

        Raises:
            DomainError: NOT_CONFIRMED, it is none of ours, another caller's, expired or used; PLAN_STALE, it is for
                another subject, and stays good for that one.
        """
        body = self._opened(token)
        version, for_subject, for_principal, expires_at, nonce = _BODY.unpack(body)
        now = self.clock()
        if version != _VERSION or not hmac.compare_digest(for_principal, _digest(principal)):
            raise _not_confirmed("the plan_token was not issued to this caller")
        if now >= expires_at:
            raise _not_confirmed("the plan_token has expired; plan again")
        if not hmac.compare_digest(for_subject, _digest(subject)):
            raise DomainError("PLAN_STALE", "the pack, its state or the options have changed since; plan again")
        if not self.nonces.use_nonce(nonce.hex(), now=now, expires_at=expires_at):
            raise _not_confirmed("the plan_token has been used; plan again")

    def _opened(self, token: str) -> bytes:
        try:
            whole = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            whole = b""
        body, seal = whole[: _BODY.size], whole[_BODY.size :]
        if len(body) != _BODY.size or not hmac.compare_digest(seal, self._seal(body)):
            raise _not_confirmed("the plan_token was not issued by this server")
        return body

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self.key, body, "sha256")


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _not_confirmed(sentence: str) -> DomainError:
    return DomainError("NOT_CONFIRMED", sentence)
