"""Weaknesses of writing files."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from oraclepack_mcp.security.roots import Location

from oraclepack_faults.fault import both, replaces
from oraclepack_faults.security.links import following

Function = Callable[..., Any]


REQUIRE_WRITABLE = (
    "oraclepack_mcp.security.writing.require_writable",
    "oraclepack_mcp.packs.authoring.require_writable",
)


@replaces("oraclepack/s39-any-name", "security", *REQUIRE_WRITABLE)
def any_name(_: Function) -> Function:
    """Any name may be written to, also those that other programs obey, and in any root."""
    return lambda _location: None


@replaces("oraclepack/s39-way-up", "security", "oraclepack_mcp.security.roots.split_path")
def _any_path(_: Function) -> Function:
    """What is written may lie above the root."""
    return lambda path: tuple(path.split("/"))


@replaces("oraclepack/s39-way-up", "security", *REQUIRE_WRITABLE)
def _any_place(_: Function) -> Function:
    """What is written may lie above the root."""
    return lambda _location: None


way_up = both(_any_path, _any_place)


@replaces("oraclepack/s39-overwrites", "security", "oraclepack_mcp.packs.authoring.PackAuthor._put")
def overwrites(put: Function) -> Function:
    """A file is written over, whoever has changed it meanwhile."""

    def written(self: Any, location: Location, raw: bytes, _expected: str | None, *, dry_run: bool) -> Any:
        before = self._before(location)
        return put(self, location, raw, None if before is None else sha256(before).hexdigest(), dry_run=dry_run)

    return written


@replaces("oraclepack/s39-twins", "security", "oraclepack_mcp.security.writing._refuse_twin")
def twins(_: Function) -> Function:
    """A file may be made whose name differs from that of another by case only."""
    return lambda *_, **__: None


@replaces("oraclepack/s39-any-size", "security", "oraclepack_mcp.packs.authoring.PackAuthor._require_small")
def any_size(_: Function) -> Function:
    """A file may be as large as a message."""
    return lambda *_: None


@replaces("oraclepack/s39-any-content", "security", "oraclepack_mcp.packs.authoring._encoded")
def any_content(_: Function) -> Function:
    """A pack may hold what no text holds."""
    return lambda content: content.encode("utf-8", "surrogatepass")


@replaces(
    "oraclepack/s39-through-links",
    "security",
    "oraclepack_mcp.security.roots.open_part",
    "oraclepack_mcp.security.writing.open_part",
)
def through_links(open_part: Function) -> Function:
    """What is written goes wherever links on the way lead."""
    return following(open_part)
