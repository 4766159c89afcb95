"""Writing inside the roots: whole files, by the same walk as reading, replaced in one step.

The parent directory is reached part by part without following links, the bytes go to a new file of a random name beside
the target, and a rename puts them in its place. So a reader sees the old file or the new one, never half of either, and
a link in the place of the target is refused, never written through.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import DIRECTORY_FLAGS, Location, open_file, open_part, walk

SUFFIXES: Final = (".md", ".json")
"""What the name of a written file ends in."""
DOT_DIRECTORIES: Final = frozenset({".oraclepack", ".taskmaster"})
"""Directories with a leading dot that may be written to; all other names with one are refused."""
MODE: Final = 0o600

Expected: TypeAlias = str | Literal["anything"] | None
"""The hash that a file has to have before it is replaced; None: it must not exist."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written; `created` says that there was none before."""

    sha256: str
    created: bool


def require_writable(location: Location) -> None:
    """Refuse a place that no client may write to.

    Raises:
        DomainError: PATH_READ_ONLY, PATH_INVALID.
    """
    if not location.root.writable:
        raise DomainError("PATH_READ_ONLY", f"the root {location.root.name} is read-only")
    *directories, name = location.parts
    if any(part.startswith(".") and part not in DOT_DIRECTORIES for part in directories) or name.startswith("."):
        raise DomainError("PATH_INVALID", "names with a leading dot are not written to")
    if not name.endswith(SUFFIXES):
        raise DomainError("PATH_INVALID", f"the name of a written file ends in {' or '.join(SUFFIXES)}")


def write_file(location: Location, data: bytes, *, expected: Expected = "anything") -> Written:
    """Put a file in its place, with the directories above it; durable when this returns.

    Raises:
        DomainError: as `require_writable`; CONFLICT where the file is not the expected one or its name differs from
            an existing one by case only; PATH_SYMLINK, NOT_A_FILE.
    """
    require_writable(location)
    with _parent(location) as parent:
        name = location.parts[-1]
        before = _digest_of(location)
        _refuse_twin(name, parent, exists=before is not None)
        if expected not in {"anything", before}:
            found = "the file does not exist" if before is None else "the file has changed"
            raise DomainError("CONFLICT", f"{found} since it was looked at", {"sha256": before})
        _replace(name, data, parent)
    return Written(sha256(data).hexdigest(), created=before is None)


def make_directory(location: Location) -> None:
    """Make a directory and those above it, in a writable root.

    Raises:
        DomainError: PATH_READ_ONLY, PATH_INVALID, PATH_SYMLINK, NOT_A_FILE.
    """
    if not location.root.writable:
        raise DomainError("PATH_READ_ONLY", f"the root {location.root.name} is read-only")
    if any(part.startswith(".") and part not in DOT_DIRECTORIES for part in location.parts):
        raise DomainError("PATH_INVALID", "names with a leading dot are not written to")
    with _parent(Location(location.root, (*location.parts, "."))):
        return


def remove_file(location: Location) -> bool:
    """Remove a regular file; False where there is none.

    Raises:
        DomainError: as `require_writable`; PATH_SYMLINK, NOT_A_FILE.
    """
    require_writable(location)
    if _digest_of(location) is None:
        return False
    with _parent(location) as parent, suppress(FileNotFoundError):
        os.unlink(location.parts[-1], dir_fd=parent)
    return True


@contextmanager
def _parent(location: Location) -> Iterator[int]:
    """The directory of a place, made where it is absent; each part is made and opened below the one before."""
    with walk(location.root, ()) as root:
        descriptor = os.dup(root)
    try:
        for part in location.parts[:-1]:
            _make(part, descriptor)
            below = open_part(part, DIRECTORY_FLAGS, descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _make(part: str, parent: int) -> None:
    try:
        os.mkdir(part, mode=0o755, dir_fd=parent)
    except FileExistsError:
        return
    except OSError:
        raise DomainError("NOT_FOUND", "a directory of that path cannot be made") from None


def _digest_of(location: Location) -> str | None:
    try:
        with open_file(location) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
            digest = sha256()
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            return digest.hexdigest()
    except DomainError as error:
        if error.code == "NOT_FOUND":
            return None
        raise


def _refuse_twin(name: str, parent: int, *, exists: bool) -> None:
    """On a file system that ignores case a twin would be overwritten; on others it would confuse people."""
    if exists:
        return
    folded = name.casefold()
    with os.scandir(parent) as entries:
        if any(entry.name.casefold() == folded for entry in entries):
            raise DomainError("CONFLICT", "a file whose name differs by case only exists already")


def _replace(name: str, data: bytes, parent: int) -> None:
    temporary = f".{name[:200]}.{secrets.token_hex(8)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, MODE, dir_fd=parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _refuse_other_kinds(name, parent)
        os.replace(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=parent)
        raise
    os.fsync(parent)


def _refuse_other_kinds(name: str, parent: int) -> None:
    with suppress(FileNotFoundError):
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            raise DomainError("PATH_SYMLINK", "symbolic links are not followed")
        if not stat.S_ISREG(mode):
            raise DomainError("NOT_A_FILE", "something of another kind has that name")
