"""Places of Stage 2 and Stage 3 inside the roots, and one answer for all ways in which a place can fail to be there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from oraclepack_mcp.errors import DomainError, ErrorCode
from oraclepack_mcp.security.roots import Location, Roots, open_file, walk

ABSENT: Final[frozenset[ErrorCode]] = frozenset({"NOT_FOUND", "NOT_A_FILE", "PATH_SYMLINK"})
"""Why something inside a root cannot be looked at."""

_HIDDEN: Final[frozenset[ErrorCode]] = ABSENT | {"PATH_INVALID", "PATH_OUTSIDE_ROOTS"}
_NOWHERE: Final = "no readable file or directory of that path lies inside the roots"


@contextmanager
def concealed() -> Iterator[None]:
    """Say the same of what lies outside, of a link and of what is absent, so that nobody learns which it is.

    Raises:
        DomainError: NOT_FOUND in the place of every refusal of a path.
    """
    try:
        yield
    except DomainError as error:
        if error.code not in _HIDDEN:
            raise
        raise DomainError("NOT_FOUND", _NOWHERE) from None


def below(directory: Location, *names: str) -> Location:
    """A place below a directory."""
    return Location(directory.root, (*directory.parts, *names))


def is_below(place: Location, directory: Location) -> bool:
    """Whether a place lies in a directory, at any depth."""
    count = len(directory.parts)
    return place.root == directory.root and place.parts[:count] == directory.parts and len(place.parts) > count


def in_root_of(directory: Location, path: str, roots: Roots) -> Location:
    """The place that a path means; one that names no root lies in that of the directory.

    Raises:
        DomainError: PATH_INVALID, PATH_OUTSIDE_ROOTS.
    """
    place = roots.locate(path)
    return Location(directory.root, place.parts) if path == place.path else place


def from_workdir(place: Location, workdir: Location) -> str:
    """The path by which a pack that runs in the workdir reaches a place.

    Raises:
        DomainError: INVALID_ARGUMENT, the place lies elsewhere.
    """
    if place != workdir and not is_below(place, workdir):
        raise DomainError("INVALID_ARGUMENT", f"packs run in {workdir.id}, and {place.id} does not lie below it")
    return "/".join(place.parts[len(workdir.parts) :]) or "."


def require_directory(place: Location) -> None:
    """Refuse what is no directory.

    Raises:
        DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK.
    """
    with walk(place.root, place.parts):
        return


def is_file(place: Location) -> bool:
    """Whether a regular file is there, reached without links."""
    try:
        with open_file(place):
            return True
    except DomainError as error:
        if error.code in ABSENT:
            return False
        raise
