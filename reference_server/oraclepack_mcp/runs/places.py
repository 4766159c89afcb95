"""Where a run may put something (S-17): the directory it runs in, and what lies below it in a writable root."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.model import Finding, Step
from oraclepack_mcp.runs.workspace import Workspace
from oraclepack_mcp.security.roots import Location, Roots, open_file, walk
from oraclepack_mcp.security.writing import DOT_DIRECTORIES

_EXPANDED: Final = frozenset("$`~*?[]{}\\!")
"""Characters by which a shell would make another path of it."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files that steps would write by their text, and what is wrong with them."""

    places: list[Location]
    findings: list[Finding]


def run_directory(roots: Roots, named: str | None, default: Location) -> Location:
    """The directory that a run starts in.

    Raises:
        DomainError: PATH_READ_ONLY, it lies in no writable root; as `Roots.locate_directory` and `walk`.
    """
    location = roots.locate_directory(named) if named is not None else default
    if not location.root.writable:
        raise DomainError("PATH_READ_ONLY", f"the root {location.root.name} is read-only, so nothing runs in it")
    with walk(location.root, location.parts):
        return location


def output_directory(workspace: Workspace, text: str) -> Location:
    """The output directory that a pack or an option names; it need not be there yet, and none is the working directory.

    Raises:
        DomainError: PATH_INVALID, PATH_OUTSIDE_ROOTS, PATH_READ_ONLY, PATH_SYMLINK or NOT_A_FILE.
    """
    plain = text.removeprefix("./").rstrip("/") if text != "/" else text
    if plain in {"", "."}:
        return workspace.directory
    location = _place(workspace, plain)
    below = workspace.directory.parts
    if location.root is not workspace.directory.root or location.parts[: len(below)] != below:
        raise DomainError("PATH_OUTSIDE_ROOTS", "the output directory lies outside the working directory")
    _require_way(location, location.parts)
    return location


def step_outputs(workspace: Workspace, steps: list[Step], out_dir_text: str) -> Outputs:
    """The places of the answers of some steps; a path that only a shell can tell is a warning, one outside an error."""
    found = Outputs([], [])
    for step in steps:
        for path in step.outputs:
            _add_output(found, workspace, step.id, _with_out_dir(path, out_dir_text))
    return found


def exists(location: Location) -> bool:
    """Whether there is a file or directory; what a link leads to is not looked at, and counts as there."""
    return _opens(walk(location.root, location.parts)) or _opens(open_file(location))


def is_plain(text: str) -> bool:
    """Whether a shell would leave a path as it is written."""
    return not _EXPANDED & set(text)


def _opens(entering: AbstractContextManager[int]) -> bool:
    try:
        with entering:
            return True
    except DomainError as error:
        return error.code == "PATH_SYMLINK"


def _add_output(found: Outputs, workspace: Workspace, step_id: str, path: str) -> None:
    if not is_plain(path):
        message = f"where {path[:200]!r} lies is known only when the step runs"
        found.findings.append(Finding("OUTPUT_UNKNOWN", "warning", "S-17", message, step_id=step_id, token=path))
        return
    try:
        location = _place(workspace, path.removeprefix("./"))
        _require_way(location, location.parts[:-1])
    except DomainError as error:
        message = f"the step would write to {path[:200]!r}: {error.sentence}"
        found.findings.append(Finding("OUTPUT_REFUSED", "error", "S-17", message, step_id=step_id, token=path))
        return
    if location not in found.places:
        found.places.append(location)


def _place(workspace: Workspace, path: str) -> Location:
    if not is_plain(path):
        raise DomainError("PATH_INVALID", "a path must not hold anything that a shell would expand")
    location = workspace.locate(path)
    if not location.root.writable:
        raise DomainError("PATH_READ_ONLY", f"the root {location.root.name} is read-only")
    if any(part.startswith(".") and part not in DOT_DIRECTORIES for part in location.parts[:-1]):
        raise DomainError("PATH_INVALID", "directories with a leading dot are not written to")
    return location


def _require_way(location: Location, parts: tuple[str, ...]) -> None:
    """Refuse links and files among directories that are there already."""
    try:
        with walk(location.root, parts):
            return
    except DomainError as error:
        if error.code != "NOT_FOUND":
            raise


def _with_out_dir(path: str, out_dir: str) -> str:
    for variable in ("$out_dir/", "${out_dir}/"):
        if path.startswith(variable):
            return f"{out_dir or '.'}/{path.removeprefix(variable)}"
    return path
