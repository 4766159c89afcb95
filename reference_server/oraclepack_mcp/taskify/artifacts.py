"""The files that Stage 3 leaves, by name, in one directory and below it: never above, and never anywhere else."""

from dataclasses import dataclass
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.profiles.action_pack import check_action_pack
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.taskify.actions import read_actions
from oraclepack_mcp.taskify.fields import Fields
from oraclepack_mcp.taskify.json_text import read_json
from oraclepack_mcp.taskify.manifest import check_manifest
from oraclepack_mcp.taskify.model import Artifact, ArtifactKind, ArtifactsSummary, ProblemCode, TaskProblem
from oraclepack_mcp.taskify.places import ABSENT, below, require_directory
from oraclepack_mcp.taskify.problems import Problems

NAMES: Final[dict[str, ArtifactKind]] = {
    "_actions.json": "actions",
    "_actions.md": "markdown",
    "_tickets_index.json": "tickets_index",
    ".taskmaster/docs/oracle-actions-prd.md": "markdown",
    ".taskmaster/docs/tickets_prd.md": "markdown",
    "tm-complexity.json": "json",
    "docs/oracle-actions-pipelines.md": "markdown",
    "pipelines.md": "markdown",
    "autopilot.md": "markdown",
    "tm-autopilot.state.json": "json",
    "ticket-action-pack.md": "pack",
    "manifest.json": "manifest",
    ".taskmaster/tasks.json": "json",
    "tasks.json": "json",
}
"""What Stage 3 writes, relative to the directory that is looked at."""

_NOT_THERE: Final[dict[str, tuple[ProblemCode, str]]] = {
    "PATH_SYMLINK": ("SYMLINK", "a symbolic link is not followed"),
    "NOT_A_FILE": ("NOT_A_FILE", "something of another kind has that name"),
}
_INDEX_FIELDS: Final = ("version", "tickets_dir", "ticket_glob", "include", "exclude", "top_n", "selected_count")


def summarise(roots: Roots, directory: Location, limit: int) -> ArtifactsSummary:
    """Look for every name; a file of more than `limit` bytes is not judged.

    Raises:
        DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK, for the directory itself.
    """
    require_directory(directory)
    return ArtifactsSummary(
        directory.id,
        [_artifact(_Look(roots, below(directory, *name.split("/")), limit), name) for name in NAMES],
    )


@dataclass(frozen=True, slots=True)
class _Look:
    roots: Roots
    place: Location
    limit: int


def _artifact(look: _Look, name: str) -> Artifact:
    kind = NAMES[name]
    try:
        raw, size = look.roots.read(look.place, look.limit)
    except DomainError as error:
        if error.code not in ABSENT:
            raise
        found = _NOT_THERE.get(error.code)
        absent = [TaskProblem(*found, look.place.id)] if found else []
        return Artifact(name, look.place.id, False, None, kind, absent)
    if size > look.limit:
        problems = [TaskProblem("TOO_LARGE", f"a file of more than {look.limit} bytes is not judged", look.place.id)]
    else:
        problems = _problems(raw, kind)
    return Artifact(name, look.place.id, True, size, kind, problems)


def _problems(raw: bytes, kind: ArtifactKind) -> list[TaskProblem]:
    if kind == "actions" and raw.strip():
        return read_actions(raw).problems
    problems = Problems()
    if not raw.strip():
        problems.add("EMPTY_FILE", "the file is empty")
    elif kind == "pack":
        for fault in check_action_pack(raw):
            if fault.severity == "error":
                problems.add("PACK_INVALID", f"{fault.rule} {fault.code}: {fault.message}")
    elif kind == "markdown":
        _check_text(raw, problems)
    else:
        _check_json(raw, kind, problems)
    return problems.told()


def _check_text(raw: bytes, problems: Problems) -> None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.add("NOT_TEXT", f"byte {error.start} is no UTF-8")


def _check_json(raw: bytes, kind: ArtifactKind, problems: Problems) -> None:
    """Find what an index or a manifest lacks; other JSON is Task Master's, and any will do."""
    value = read_json(raw, problems)
    if (value is None and problems) or kind not in {"tickets_index", "manifest"}:
        return
    fields = Fields(value if isinstance(value, dict) else {}, "", problems)
    if kind == "manifest":
        check_manifest(fields)
        return
    for name in _INDEX_FIELDS:
        if name not in fields.value:
            fields.note("ACTIONS_MISSING_FIELD", name, "the field is missing")
    fields.array("tickets")
