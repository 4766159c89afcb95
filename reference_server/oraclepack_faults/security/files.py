"""Weaknesses of reaching and reading files."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from oraclepack_mcp.security.roots import Location, open_part, walk

from oraclepack_faults.fault import both, replaces
from oraclepack_faults.security.links import MODE, OPEN_PART, following, mode_of_target

Function = Callable[..., Any]


@replaces("oraclepack/s01-follows-file-links", "security", OPEN_PART)
def follows_file_links(open_part: Callable[[str, int, int], int]) -> Callable[[str, int, int], int]:
    """A file is opened even when its name is a symbolic link, wherever that leads."""

    def opened(part: str, flags: int, parent: int) -> int:
        if flags & os.O_DIRECTORY:
            return open_part(part, flags, parent)
        return open_part(part, flags & ~os.O_NOFOLLOW, parent)

    return opened


@replaces("oraclepack/s01-lists-linked-files", "security", OPEN_PART)
def _opens_links(open_part: Function) -> Function:
    """A listing shows what links lead to: title, size and hash of files outside."""
    return following(open_part)


@replaces("oraclepack/s01-lists-linked-files", "security", MODE)
def _sees_targets(mode: Function) -> Function:
    """A listing shows what links lead to: title, size and hash of files outside."""
    return mode_of_target(mode)


lists_linked_files = both(_opens_links, _sees_targets)


@replaces("oraclepack/s04-normalised-paths", "security", "oraclepack_mcp.security.roots.split_path")
def normalised_paths(split_path: Function) -> Function:
    """Dots are taken out of a path as text, so that it names another file than the same path names elsewhere."""
    return lambda path: split_path(os.path.normpath(path))


@replaces("oraclepack/s04-any-path", "security", "oraclepack_mcp.security.roots.split_path")
def any_path(_: Function) -> Function:
    """A path may hold anything, also a way up."""
    return lambda path: PurePosixPath(path).parts


@replaces(
    "oraclepack/s11-opens-anything",
    "security",
    "oraclepack_mcp.security.roots.open_file",
    "oraclepack_mcp.security.writing.open_file",
)
def opens_anything(_: Function) -> Function:
    """Whatever has a name is opened and read, also a pipe that nobody writes to."""

    @contextmanager
    def opened(location: Location) -> Iterator[int]:
        with walk(location.root, location.parts[:-1]) as parent:
            descriptor = open_part(location.parts[-1], os.O_RDONLY | os.O_NOFOLLOW, parent)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    return opened


@replaces("oraclepack/s11-reads-whole-files", "security", "oraclepack_mcp.security.roots.Roots.read_whole")
def reads_whole_files(_: Function) -> Function:
    """A file is read as a whole, however large it is."""
    return lambda self, location, *_: self.read(location, self.read(location, 0)[1])[0]


@replaces("oraclepack/s11-writes-in-place", "security", "oraclepack_mcp.security.writing._replace")
def writes_in_place(_: Function) -> Function:
    """A file is emptied and written again, under all the names that it has."""

    def written(name: str, data: bytes, parent: int) -> None:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)

    return written
