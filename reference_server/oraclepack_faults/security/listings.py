"""Weaknesses of listing directories and of completing what somebody types."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from oraclepack_mcp.security.roots import Location

from oraclepack_faults.fault import replaces

Function = Callable[..., Any]


@replaces("oraclepack/s10-unlimited-listings", "security", "oraclepack_mcp.security.roots.MAX_ENTRIES")
def unlimited_listings(_: int) -> int:
    """A listing looks at as many entries as there are."""
    return 1 << 62


@replaces("oraclepack/s10-unchecked-listings", "security", "oraclepack_mcp.security.roots._Lister._look")
def unchecked_listings(_: Function) -> Function:
    """Whatever matches a pattern is listed, files or not."""

    def look(self: Any, name: str, _parent: int, entry: Location, _depth: int) -> None:
        if name.endswith(self.suffix):
            self.listing.files.append(entry)

    return look


@replaces("oraclepack/s10-names-as-they-are", "security", "oraclepack_mcp.security.roots.is_plain_name")
def names_as_they_are(_: Function) -> Function:
    """Names are listed with whatever characters and bytes they hold."""
    return lambda _name: True


@replaces("oraclepack/s10-unsorted-listings", "security", "oraclepack_mcp.security.roots.Roots.files")
def unsorted_listings(files: Function) -> Function:
    """Packs are listed in the order in which the directory happens to hold them."""

    def listed(self: Any, directory: Location, *, recursive: bool, suffix: str) -> Any:
        listing = files(self, directory, recursive=recursive, suffix=suffix)
        listing.files.sort(key=lambda file: hash(file.path))
        return listing

    return listed


@replaces("oraclepack/s41-completes-without-scope", "security", "oraclepack_mcp.server.completions._may")
def completes_without_scope(_: Function) -> Function:
    """What is typed is completed for everybody."""
    return lambda *_: True


@replaces("oraclepack/s41-completes-names-of-files", "security", "oraclepack_mcp.server.completions._values")
def completes_names_of_files(values: Function) -> Function:
    """Paths are completed from the file system, wherever they lead."""

    def completed(source: Any, domain: Any, filled: Mapping[str, str]) -> list[str]:
        root = domain.roots.roots[0].real_path
        found = [f"../{path.name}" for path in root.parent.iterdir()] + [str(path) for path in Path("/").iterdir()]
        return [*values(source, domain, filled), *found]

    return completed
