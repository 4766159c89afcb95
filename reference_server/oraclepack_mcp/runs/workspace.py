"""The files that steps name by paths relative to their working directory, reached by the rules for all files."""

from dataclasses import dataclass
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.paths import split_path
from oraclepack_mcp.security.roots import Location, Roots

OUTPUT_BYTES: Final = 4 * 1024 * 1024
"""Bytes of an answer that are looked at."""
_ABSENT: Final = frozenset({"NOT_FOUND", "NOT_A_FILE"})


@dataclass(frozen=True, slots=True)
class Workspace:
    """The directory that the steps of a run start in."""

    roots: Roots
    directory: Location

    def locate(self, path: str) -> Location:
        """The place that a path of a script means, as it is written: variables are not known here.

        Raises:
            DomainError: PATH_INVALID, PATH_OUTSIDE_ROOTS.
        """
        if path.startswith("/"):
            return self.roots.locate(path)
        return Location(self.directory.root, (*self.directory.parts, *split_path(path.removeprefix("./"))))

    def read(self, path: str) -> tuple[int, str] | None:
        """Size and text of a file, None where there is none.

        Raises:
            DomainError: as `locate`; PATH_SYMLINK.
        """
        try:
            raw, size = self.roots.read(self.locate(path), OUTPUT_BYTES)
        except DomainError as error:
            if error.code in _ABSENT:
                return None
            raise
        return size, raw.decode("utf-8", "replace")

    def size_of(self, path: str) -> int | None:
        """The size of a regular file, None for anything else."""
        try:
            found = self.read(path)
        except DomainError:
            return None
        return None if found is None else found[0]
