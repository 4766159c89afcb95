"""Tokens for trying out the authenticated mode: signed by a key that was drawn on this machine and never leaves it.

The server is told the public half only, as any issuer would, so that what is tried is the real thing.
"""

import json
import os
import secrets
import stat
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.security.scopes import READING, SCOPES, Scope, in_order

ISSUER: Final = "http://localhost/oraclepack-mcp/development"
"""Nobody serves it: clients are handed their token."""
CLIENT: Final = "oraclepack-mcp-dev-token"
START: Final = "oraclepack-mcp --transport streamable-http --dev-auth"
"""The command that serves with `development_auth`."""
MAX_TTL_SECONDS: Final = 30 * 24 * 3600
_KEY: Final = "development-key.pem"
_KEYS: Final = "development-keys.json"


@dataclass(frozen=True, slots=True)
class DevelopmentToken:
    """A token, and when it ends, in seconds since 1970."""

    token: str
    scopes: tuple[str, ...]
    expires_at: int


def mint(
    state_dir: Path,
    resource_url: str,
    *,
    scopes: Iterable[Scope] = READING,
    ttl_s: int = 3600,
    subject: str = "developer",
) -> DevelopmentToken:
    """Sign a token for the server at `resource_url`; the key is drawn when there is none.

    Raises:
        ValueError: a scope is unknown, the time is out of bounds, or others can read the key.
        OSError: the key cannot be read or written.
    """
    wanted = frozenset(scopes)
    if not wanted or not wanted <= frozenset(SCOPES):
        raise ValueError(f"scopes are {', '.join(SCOPES)}")
    if not 0 < ttl_s <= MAX_TTL_SECONDS:
        raise ValueError(f"a token lives for at most {MAX_TTL_SECONDS} seconds")
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": resource_url,
        "sub": subject,
        "client_id": CLIENT,
        "scope": in_order(wanted),
        "iat": now,
        "exp": now + ttl_s,
        "jti": secrets.token_hex(8),
    }
    key = _key(state_dir)
    headers = {"typ": "at+jwt", "kid": _kid(key)}
    token = jwt.encode(claims, key, algorithm="EdDSA", headers=headers)
    return DevelopmentToken(token, tuple(in_order(wanted).split()), now + ttl_s)


def development_auth(state_dir: Path, resource_url: str) -> AuthSettings:
    """Settings that take the tokens of `mint`, for a server on a loopback address; writes the public key for them.

    Raises:
        ValueError: others can read the key.
        OSError: the keys cannot be read or written.
    """
    key = _key(state_dir)
    public = urlsafe_b64encode(_public_bytes(key)).rstrip(b"=").decode()
    entry = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": _kid(key), "x": public}
    path = state_dir / _KEYS
    temporary = _write_new(path, json.dumps({"keys": [entry]}).encode())
    temporary.replace(path)
    return AuthSettings(
        issuer=ISSUER, resource_url=resource_url, jwks_file=path, algorithms=("EdDSA",), development=True
    )


def _key(state_dir: Path) -> Ed25519PrivateKey:
    """The key in the directory; of several processes that draw one at once, all use the first."""
    path = state_dir / _KEY
    if not path.exists():
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        drawn = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        temporary = _write_new(path, drawn)
        try:
            with suppress(FileExistsError):
                path.hardlink_to(temporary)
        finally:
            temporary.unlink()
    key = load_pem_private_key(_read_private(path), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} holds no Ed25519 key; remove it, and a new one is drawn")  # noqa: TRY004
    return key


def _write_new(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
        file.write(data)
    return temporary


def _read_private(path: Path) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise ValueError(f"{path} is not private to this user; remove it, and a new one is drawn")
        return file.read()


def _kid(key: Ed25519PrivateKey) -> str:
    return sha256(_public_bytes(key)).hexdigest()[:16]


def _public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
