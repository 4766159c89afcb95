"""Files that a step would attach to its question and that are not there (gap 19)."""

import re
from collections.abc import Iterator
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.scan import scan_invocations
from oraclepack_mcp.packs.model import Step
from oraclepack_mcp.runs.model import MissingFile
from oraclepack_mcp.runs.places import exists, is_plain
from oraclepack_mcp.runs.workspace import Workspace

_ATTACHED: Final = re.compile(r"(?<![^\t\n\f\r ])(?:-f|--file)(?:[\t ]+|=)(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"']+))")


def missing_files(workspace: Workspace, step: Step) -> Iterator[MissingFile]:
    """The attached files that do not exist under the roots; lines count from 1 within the step.

    A path that a shell or the program expands is not judged. One outside the roots is missing, whether it exists or
    not, so that nobody can learn about other files from it.
    """
    for call in scan_invocations(step.code or ""):
        for found in _ATTACHED.finditer(call.raw):
            path = next(group for group in found.groups() if group)
            if is_plain(path) and not _is_there(workspace, path):
                line = call.start + 1 + call.raw.count("\n", 0, found.start())
                yield MissingFile(step.id, path, line)


def _is_there(workspace: Workspace, path: str) -> bool:
    try:
        return exists(workspace.locate(path.rstrip("/")))
    except DomainError:
        return False
