"""Tokens for the reference server behind its test issuer: one for the auditor, and one for each other identity."""

import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import HarnessError

_WIDE = ("packs:read", "packs:write", "packs:execute", "runs:read", "urls:read", "urls:write")
_WANTED: Mapping[str, Sequence[str]] = {
    "own": ("--subject", "alice", *(word for scope in _WIDE for word in ("--scope", scope))),
    "second": ("--subject", "bob", *(word for scope in _WIDE for word in ("--scope", scope))),
    "low-scope": ("--subject", "alice", "--scope", "urls:read"),
    "foreign-audience": ("--subject", "alice", "--path", "/elsewhere"),
}
"""What the command that mints a token is told for each."""


def free_port() -> int:
    """Return a port of the loopback address on which nothing listens: tokens name the URL before it is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def mint(program: Sequence[str], port: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Return an Authorization value for each name, signed with the key in the environment's directory.

    Raises:
        HarnessError: if a token could not be had.
    """
    started = {
        name: subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*program, "dev-token", "--port", str(port), *words],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for name, words in _WANTED.items()
    }
    values: dict[str, str] = {}
    for name, process in started.items():
        token = process.communicate()[0].strip()
        if process.returncode or not token:
            raise HarnessError(f"the reference server minted no token for {name}")
        values[name] = f"Bearer {token}"
    return values


def key_file(directory: str) -> str:
    """Return the file below a directory in which the key of the test issuer was written; empty if there is none."""
    return str(next(Path(directory).rglob("*.pem"), ""))
