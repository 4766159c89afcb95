"""The directories that the server may read, held open from the start, and the only way to a file inside them.

Every part of a path is opened relative to the descriptor of the one before, and no part may be a symbolic link. So a
directory that is swapped for a link between two calls, or between a check and its use, leads nowhere.
"""

import errno
import heapq
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.paths import is_plain_name, split_path

MAX_ENTRIES: Final = 10_000
"""Directory entries that one listing looks at."""
MAX_DEPTH: Final = 16
"""Directories below each other that one listing enters."""

DIRECTORY_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Root:
    """A directory opened once; `real_path` is where it lay then, and is never sent to a client."""

    name: str
    real_path: Path
    descriptor: int
    writable: bool = False

    @property
    def whole(self) -> frozenset[str]:
        """The ways to say the whole root."""
        return frozenset({f"{self.name}:", f"{self.name}:.", str(self.real_path)})

    @classmethod
    def open(cls, name: str, path: Path, *, writable: bool = False) -> "Root":
        """Open a directory as a root.

        Raises:
            OSError: it is absent or no directory.
        """
        real_path = path.resolve(strict=True)
        return cls(name, real_path, os.open(real_path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), writable)


@dataclass(frozen=True, slots=True)
class Location:
    """A place inside a root, not yet looked at."""

    root: Root
    parts: tuple[str, ...]

    @property
    def path(self) -> str:
        """The path relative to the root."""
        return "/".join(self.parts)

    @property
    def id(self) -> str:
        """The path with the name of its root, which every path argument accepts."""
        return f"{self.root.name}:{self.path}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that a listing left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The regular files below a directory, sorted by path, and what was left out."""

    files: list[Location]
    skipped: list[Skipped]

    @property
    def is_cut(self) -> bool:
        """Whether there is more than may be looked at."""
        return any(entry.reason == _cut() for entry in self.skipped)


@dataclass(frozen=True, slots=True)
class Roots:
    """All roots, in order; a path that names none belongs to the first."""

    roots: tuple[Root, ...]

    def locate(self, path: str) -> Location:
        """Find the place that `name:relative`, a relative path or an absolute path inside a root means.

        Raises:
            DomainError: PATH_INVALID, or PATH_OUTSIDE_ROOTS.
        """
        if path.startswith("/"):
            return self._absolute(path)
        name, colon, rest = path.partition(":")
        root = next((root for root in self.roots if colon and root.name == name), None)
        return Location(root, split_path(rest)) if root else Location(self.roots[0], split_path(path))

    def locate_directory(self, path: str) -> Location:
        """Find a directory; nothing and `.` mean the whole root, also after the name of one, as its absolute path does.

        Raises:
            DomainError: PATH_INVALID, or PATH_OUTSIDE_ROOTS.
        """
        if path in {"", "."}:
            return Location(self.roots[0], ())
        whole = next((root for root in self.roots if path in root.whole), None)
        return Location(whole, ()) if whole else self.locate(path)

    def read(self, location: Location, limit: int, *, offset: int = 0) -> tuple[bytes, int]:
        """Up to `limit` bytes of a regular file from `offset` on, and its size; both from one descriptor.

        Raises:
            DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK.
        """
        with open_file(location) as descriptor:
            size = os.fstat(descriptor).st_size
            chunks: list[bytes] = []
            while limit > 0 and (chunk := os.pread(descriptor, limit, offset)):
                chunks.append(chunk)
                offset += len(chunk)
                limit -= len(chunk)
            return b"".join(chunks), size

    def read_whole(self, location: Location, limit: int) -> bytes:
        """All bytes of a regular file of at most `limit` bytes.

        Raises:
            DomainError: as `read`, or TOO_LARGE.
        """
        raw, size = self.read(location, limit + 1)
        if len(raw) > limit or size > limit:
            raise DomainError("TOO_LARGE", f"{location.id} is larger than {limit} bytes")
        return raw

    def fingerprint(self, location: Location) -> str:
        """A text that changes when the file is written or replaced.

        Raises:
            DomainError: as `read`.
        """
        with open_file(location) as descriptor:
            status = os.fstat(descriptor)
        return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"

    def files(self, directory: Location, *, recursive: bool, suffix: str) -> Listing:
        """The regular files with a suffix below a directory.

        Raises:
            DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK, for the directory itself.
        """
        listing = Listing([], [])
        with walk(directory.root, directory.parts) as descriptor:
            _Lister(listing, suffix, iter(range(MAX_ENTRIES))).enter(
                descriptor, directory, MAX_DEPTH if recursive else 0
            )
        listing.files.sort(key=lambda location: location.parts)
        listing.skipped.sort(key=lambda skipped: skipped.path)
        return listing

    def directories(self, directory: Location) -> tuple[list[Location], bool]:
        """The directories right below a directory, sorted by name, and whether there may be more; a link is none.

        Only the first `MAX_ENTRIES` names, of files as well, are looked at.

        Raises:
            DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK, for the directory itself.
        """
        with walk(directory.root, directory.parts) as descriptor:
            names = _names(descriptor)
            known = [name for name in names[:MAX_ENTRIES] if is_plain_name(name)]
            found = [name for name in known if stat.S_ISDIR(_mode(name, descriptor))]
        return [Location(directory.root, (*directory.parts, name)) for name in found], len(names) > MAX_ENTRIES

    def _absolute(self, path: str) -> Location:
        for root in self.roots:
            prefix = f"{root.real_path}/"
            if path.startswith(prefix):
                return Location(root, split_path(path.removeprefix(prefix)))
        raise DomainError("PATH_OUTSIDE_ROOTS", "an absolute path has to lie inside a configured root")


@contextmanager
def walk(root: Root, parts: tuple[str, ...]) -> Iterator[int]:
    """A descriptor of the directory that the parts lead to.

    Raises:
        DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK.
    """
    # Opened anew, not duplicated: duplicates share the place up to which a listing has been read.
    descriptor = os.open(".", DIRECTORY_FLAGS, dir_fd=root.descriptor)
    try:
        for part in parts:
            below = open_part(part, DIRECTORY_FLAGS, descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def open_file(location: Location) -> Iterator[int]:
    """A descriptor of a regular file; opening it never blocks.

    Raises:
        DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK.
    """
    with walk(location.root, location.parts[:-1]) as parent:
        descriptor = open_part(location.parts[-1], _FILE, parent)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DomainError("NOT_A_FILE", f"{location.id} is not a regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def open_part(part: str, flags: int, parent: int) -> int:
    """Open one name inside an open directory.

    Raises:
        DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK.
    """
    try:
        return os.open(part, flags, dir_fd=parent)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR} and _is_link(part, parent):
            raise DomainError("PATH_SYMLINK", "symbolic links are not followed") from None
        if error.errno in {errno.ENOTDIR, errno.ENXIO}:
            raise DomainError("NOT_A_FILE", "the path leads through or to something of another kind") from None
        raise DomainError("NOT_FOUND", "there is no readable file or directory of that path") from None


def _is_link(part: str, parent: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(part, dir_fd=parent, follow_symlinks=False).st_mode)
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class _Lister:
    """One listing in the making; `left` has an item for each entry that may still be looked at, of whatever kind."""

    listing: Listing
    suffix: str
    left: Iterator[int]

    def enter(self, descriptor: int, directory: Location, depth: int) -> None:
        """Look at a directory, and at those below it down to a depth."""
        for name in _names(descriptor):
            if next(self.left, None) is None:
                self.listing.skipped.append(Skipped(directory.id, _cut()))
                return
            if not is_plain_name(name):
                self.listing.skipped.append(Skipped(directory.id, "an entry has a name that no path may hold"))
                continue
            self._look(name, descriptor, Location(directory.root, (*directory.parts, name)), depth)

    def _look(self, name: str, parent: int, entry: Location, depth: int) -> None:
        mode = _mode(name, parent)
        if stat.S_ISDIR(mode) and depth > 0:
            with _walk_one(name, parent) as below:
                if below is not None:
                    self.enter(below, entry, depth - 1)
        elif name.endswith(self.suffix) and stat.S_ISREG(mode):
            self.listing.files.append(entry)
        elif name.endswith(self.suffix):
            self.listing.skipped.append(Skipped(entry.id, "not a regular file"))


def _cut() -> str:
    return f"only the first {MAX_ENTRIES} entries are listed"


def _names(descriptor: int) -> list[str]:
    """The first names of a directory in their order, and one more than may be looked at where there are more."""
    with os.scandir(descriptor) as entries:
        names = (entry.name for entry in entries)
        some = sorted(itertools.islice(names, MAX_ENTRIES + 1))
        return heapq.nsmallest(MAX_ENTRIES + 1, itertools.chain(some, names)) if len(some) > MAX_ENTRIES else some


@contextmanager
def _walk_one(name: str, parent: int) -> Iterator[int | None]:
    """A directory that may have gone, or become a link, since it was listed: then None."""
    try:
        descriptor = open_part(name, DIRECTORY_FLAGS, parent)
    except DomainError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _mode(name: str, parent: int) -> int:
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except OSError:
        return 0
