"""Reads what the official conformance suite wrote: `OUT/server-<scenario>-<time>/checks.json`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..model import OfficialCheck, Revision
from .files import read_bytes
from .usage import UsageError

_MOST_BYTES = 32 * 1024 * 1024
_MOST_FILES = 5000
_MESSAGE = 300
_REVISIONS = {str(revision): revision for revision in Revision}
_SCHEMA = re.compile(r"/schema/([\w-]+)/schema\.json")


class _Check(msgspec.Struct):
    """One entry of checks.json, as far as it is needed."""

    id: str
    status: str
    description: str = ""
    errorMessage: str = ""  # noqa: N815 - the suite's name
    specReferences: list[dict[str, Any]] = []  # noqa: N815 - the suite's name


def read_checks(directory: Path) -> list[OfficialCheck]:
    """Return every verdict below a directory that the suite wrote to, or that holds such directories by revision.

    A directory named like a revision says at which one the suite ran; elsewhere the schema by which it judged does.

    Raises:
        UsageError: if there is nothing of the suite in it, or it cannot be read.
    """
    try:
        files = sorted(path for path in directory.rglob("checks.json") if path.parent.name.startswith("server-"))
    except OSError as error:
        raise UsageError(f"cannot read {directory}: {error.strerror}") from error
    if not files:
        raise UsageError(f"{directory} holds no results of the official suite (server-*/checks.json)")
    if len(files) > _MOST_FILES:
        raise UsageError(f"{directory} holds {len(files)} results; give the directory of one run")
    runs: dict[Path, list[list[_Check]]] = {}
    for path in files:
        runs.setdefault(path.parent.parent, []).append(_entries(path))
    return [check for run, scenarios in runs.items() for check in _of_run(run, directory, scenarios)]


def _entries(path: Path) -> list[_Check]:
    try:
        return msgspec.json.decode(read_bytes(path, _MOST_BYTES), type=list[_Check])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no result of the official suite: {error}") from error


def _of_run(run: Path, directory: Path, scenarios: list[list[_Check]]) -> Iterator[OfficialCheck]:
    revision = _named(run, directory) or _judged_by(scenarios)
    if revision is None:
        raise UsageError(f"cannot tell at which revision the suite ran in {run}; name the directory after it")
    for check in (check for scenario in scenarios for check in scenario):
        said = check.errorMessage or check.description
        yield OfficialCheck(check.id, check.status, revision, said[:_MESSAGE])


def _named(run: Path, directory: Path) -> Revision | None:
    names = (run.name, *(parent.name for parent in run.parents if directory in (parent, *parent.parents)))
    return next((_REVISIONS[name] for name in names if name in _REVISIONS), None)


def _judged_by(scenarios: list[list[_Check]]) -> Revision | None:
    for check in (check for scenario in scenarios for check in scenario if check.id == "wire-schema-valid"):
        for reference in check.specReferences:
            found = _SCHEMA.search(str(reference.get("url", "")))
            if found and found[1] == "draft":
                return max(Revision)
            if found and found[1] in _REVISIONS:
                return _REVISIONS[found[1]]
    return None
