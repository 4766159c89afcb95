"""One writer of a state file at a time, in all processes that share the records: the kernel lets go when one dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location

_MODE: Final = 0o600


def state_key(state: Location) -> str:
    """A name for the state file itself, whatever the root that leads to it is called."""
    path = state.root.real_path.joinpath(*state.parts)
    return sha256(os.fsencode(path)).hexdigest()


@contextmanager
def locked(directory: Path, key: str) -> Iterator[None]:
    """Hold the lock of a key while the body runs.

    Raises:
        DomainError: RUN_BUSY, somebody else holds it.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(directory / f"{key}.lock", flags, _MODE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DomainError("RUN_BUSY", "the state of that pack is in use", {"limit": "pack"}) from None
        yield
    finally:
        os.close(descriptor)
