"""Which files of a tree mypy can check together, and where their packages begin.

Mypy gives up on everything if two files have one module name, if one has the name of a module of the standard library,
or if one cannot be parsed.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..model import Unrun
from .python.syntax import parsed
from .tree import SourceFile


@dataclass(frozen=True, slots=True)
class Checkable:
    """What can be checked."""

    files: tuple[SourceFile, ...]
    bases: tuple[str, ...]
    """The directories in which packages and modules are found; `.` is the root."""
    left: tuple[Unrun, ...]
    """Files that are left out although they can be parsed."""


def checkable(files: Iterable[SourceFile]) -> Checkable:
    """Return the files that can be checked together; of several with one name the one nearest to the root."""
    readable = [file for file in files if parsed(file.text) is not None]
    packages = {str(PurePosixPath(file.path).parent) for file in readable if file.path.endswith("__init__.py")}
    bases = {_base(PurePosixPath(file.path).parent, packages) for file in readable}
    taken: dict[str, SourceFile] = {}
    left: list[Unrun] = []
    for file in sorted(readable, key=lambda file: (file.path.count("/"), file.path)):
        name = _module(PurePosixPath(file.path), bases)
        what = f"mypy on {file.path}"
        if name.partition(".")[0] in sys.stdlib_module_names:
            left.append(Unrun(what, f"a module of the standard library is called {name.partition('.')[0]}, too"))
        elif not name or not all(part.isidentifier() for part in name.split(".")):
            left.append(Unrun(what, "its name is none that could be imported"))
        elif name in taken:
            left.append(Unrun(what, f"{taken[name].path} is called {name}, too"))
        else:
            taken[name] = file
    return Checkable(tuple(taken.values()), tuple(sorted(bases)), tuple(left))


def _base(folder: PurePosixPath, packages: set[str]) -> str:
    """Return the directory from which a file in `folder` is imported."""
    ways = [folder, *folder.parents]
    within = [way for way in ways if str(way) in packages and str(way) != "."]
    apart = PurePosixPath("src") if folder.parts[:1] == ("src",) else PurePosixPath()
    base = within[-1].parent if within else apart
    rest = folder.parts[len(base.parts) :]
    for count, part in enumerate(rest, start=1):
        if not part.isidentifier():
            base = PurePosixPath(*folder.parts[: len(folder.parts) - len(rest) + count])
    return str(base)


def _module(path: PurePosixPath, bases: set[str]) -> str:
    """Return the name by which a file is imported from the nearest base above it."""
    base = next((way for way in path.parents if str(way) in bases), PurePosixPath())
    parts = path.with_suffix("").parts[len(base.parts) :]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
