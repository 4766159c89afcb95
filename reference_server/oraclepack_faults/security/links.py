"""Weaknesses of following symbolic links, and of naming files in the place of holding them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import DIRECTORY_FLAGS, Location, Root

from oraclepack_faults.fault import both, replaces

Function = Callable[..., Any]
OPEN_PART = "oraclepack_mcp.security.roots.open_part"
MODE = "oraclepack_mcp.security.roots._mode"


def following(open_part: Function) -> Function:
    """Open whatever a name leads to."""
    return lambda part, flags, parent: open_part(part, flags & ~os.O_NOFOLLOW, parent)


def mode_of_target(_: Function) -> Function:
    """Look at what a name leads to."""

    def mode(name: str, parent: int) -> int:
        try:
            return os.stat(name, dir_fd=parent).st_mode
        except OSError:
            return 0

    return mode


@replaces("oraclepack/s02-follows-directory-links", "security", OPEN_PART)
def follows_directory_links(open_part: Function) -> Function:
    """A directory on the way to a file may be a symbolic link."""

    def opened(part: str, flags: int, parent: int) -> int:
        return int(open_part(part, flags & ~os.O_NOFOLLOW if flags & os.O_DIRECTORY else flags, parent))

    return opened


@replaces("oraclepack/s02-lists-through-links", "security", OPEN_PART)
def _opens_links(open_part: Function) -> Function:
    """A listing goes down into directories that are symbolic links."""
    return following(open_part)


@replaces("oraclepack/s02-lists-through-links", "security", MODE)
def _sees_targets(mode: Function) -> Function:
    """A listing goes down into directories that are symbolic links."""
    return mode_of_target(mode)


lists_through_links = both(_opens_links, _sees_targets)


@replaces("oraclepack/s03-follows-links-into-proc", "security", OPEN_PART)
def follows_links_into_proc(open_part: Function) -> Function:
    """A link into /proc shows the environment and the open files of the server."""
    return following(open_part)


@replaces(
    "oraclepack/s05-checks-names-then-opens-them",
    "security",
    "oraclepack_mcp.security.roots.open_file",
    "oraclepack_mcp.security.writing.open_file",
)
def checks_names_then_opens_them(_: Function) -> Function:
    """Whether a path stays inside its root is found out by name; then the file is opened, by its name again."""

    @contextmanager
    def opened(location: Location) -> Iterator[int]:
        path = location.root.real_path.joinpath(*location.parts)
        if not path.is_file():
            raise DomainError("NOT_FOUND", "there is no file of that path")
        if not path.resolve().is_relative_to(location.root.real_path):
            raise DomainError("PATH_OUTSIDE_ROOTS", "the path leads out of the root")
        descriptor = os.open(path, os.O_RDONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    return opened


@replaces("oraclepack/s06-roots-by-name", "security", "oraclepack_mcp.security.roots.Root.open")
def _kept_by_name(open_root: Function) -> object:
    """A root is the path that was configured, looked up anew for each call."""

    def kept(_: type[Root], name: str, path: Path, *, writable: bool = False) -> Root:
        root: Root = open_root(name, path, writable=writable)
        return replace(root, real_path=path)

    return classmethod(kept)


@replaces(
    "oraclepack/s06-roots-by-name",
    "security",
    "oraclepack_mcp.security.roots.walk",
    "oraclepack_mcp.security.writing.walk",
)
def _walked_from_name(walk: Function) -> Function:
    """A root is the path that was configured, looked up anew for each call."""

    @contextmanager
    def walked(root: Root, parts: tuple[str, ...]) -> Iterator[int]:
        descriptor = os.open(root.real_path, DIRECTORY_FLAGS & ~os.O_NOFOLLOW)
        try:
            with walk(replace(root, descriptor=descriptor), parts) as found:
                yield found
        finally:
            os.close(descriptor)

    return walked


roots_by_name = both(_kept_by_name, _walked_from_name)


@replaces("oraclepack/s06-prefix-of-the-name", "security", "oraclepack_mcp.security.roots.Roots._absolute")
def prefix_of_the_name(_: Function) -> Function:
    """A path lies inside a root if it starts with the same characters."""

    def absolute(self: Any, path: str) -> Location:
        for root in self.roots:
            if path.startswith(str(root.real_path)):
                return Location(root, tuple(os.path.relpath(path, root.real_path).split("/")))
        raise DomainError("PATH_OUTSIDE_ROOTS", "an absolute path has to lie inside a configured root")

    return absolute
