"""Requirements of Python packages as single lines (PEP 508), and the files that pip reads them from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from ..tree import SourceTree
from .packages import PYPI, Declared, Group, Locked, Manifest, found, kept, read_text, wanted
from .ranges import pinned

_LINE: Final = re.compile(r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?P<rest>[^A-Za-z0-9\s_].*)?")
_EGG: Final = re.compile(r"#.*?\begg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_INCLUDE: Final = re.compile(r"(-r|--requirement|-c|--constraint)[\s=]*(\S+)")
_EDITABLE: Final = re.compile(r"(-e|--editable)[\s=]*")
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_OPTIONS: Final = re.compile(r"\s--[a-z].*$")
_FILE: Final = re.compile(r"(.*[-_.])?requirements?([-_.].*)?\.(txt|in)|constraints?([-_.].*)?\.txt", re.IGNORECASE)
_DEVELOPMENT: Final = re.compile(
    r"(?<![a-z])(dev|development|tests?|testing|lint(ing)?|docs?|build|ci|types?|typing|bench(marks?)?|examples?)(?![a-z])",
    re.IGNORECASE,
)
_LONGEST_LINE: Final = 2000
_MOST_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class _Listed:
    """A line of a requirements file; backslashes at line ends are resolved."""

    number: int
    text: str


def split_requirement(text: str) -> tuple[str, str]:
    """Split `mcp[cli]>=1.2; python_version > "3"` into its name and its range or address; empty if it is neither."""
    match = _LINE.fullmatch(text[:_LONGEST_LINE])
    if match is None:
        return "", ""
    rest = match["rest"] or ""
    if rest.startswith("@"):
        return match["name"], re.split(r"\s;|\s--", rest[1:], maxsplit=1)[0].strip()
    return match["name"], _OPTIONS.sub("", rest.split(";", 1)[0]).strip().strip("()").strip()


def is_development(name: str) -> bool:
    """Whether an extra, or a file of requirements, is by its name for those who work on the project."""
    return bool(_DEVELOPMENT.search(name))


def listed_requirements(tree: SourceTree) -> Iterator[Declared]:
    """Yield what the requirements files of a tree ask for; those that they include belong to their group."""
    for manifest, group in _files(tree):
        for line in _lines(manifest):
            name, requirement = _requirement(line.text)
            yield from wanted(PYPI, name, requirement, group, manifest.place(line.number))


def listed_pins(tree: SourceTree) -> Iterator[Locked]:
    """Yield the versions that requirements and constraints files pin."""
    for manifest, group in _files(tree, constraints=True):
        for line in _lines(manifest):
            name, requirement = _requirement(line.text)
            version = pinned(requirement, PYPI)
            yield from found(PYPI, name, version, manifest.place(line.number), dev=group is Group.DEV)


def _files(tree: SourceTree, *, constraints: bool = False) -> Iterator[tuple[Manifest, Group]]:
    """Yield each requirements file once, those that others include too."""
    paths = kept(tree)
    existing = frozenset(paths)
    waiting = [(path, _group(path)) for path in paths if _is_list(path) and (constraints or not _constrains(path))]
    seen = {path for path, _ in waiting}
    for count, (path, group) in enumerate(waiting):
        if count == _MOST_FILES:
            return
        manifest = Manifest.of(path, read_text(tree, path))
        yield manifest, group
        for line in _lines(manifest):
            match = _INCLUDE.match(line.text)
            target = _resolve(path, match[2]) if match else ""
            if match and target in existing - seen and (constraints or not match[1].startswith(("-c", "--c"))):
                seen.add(target)
                waiting.append((target, group))


def _is_list(path: str) -> bool:
    file = PurePosixPath(path)
    in_folder = file.parent.name == "requirements" and file.suffix in {".txt", ".in"}
    return bool(_FILE.fullmatch(file.name)) or in_folder


def _constrains(path: str) -> bool:
    return PurePosixPath(path).name.lower().startswith("constraint")


def _group(path: str) -> Group:
    return Group.DEV if is_development(PurePosixPath(path).stem) else Group.MAIN


def _resolve(path: str, target: str) -> str:
    """Return a path as seen from the root; empty if it leads out of the tree."""
    parts: list[str] = list(PurePosixPath(path).parent.parts)
    for part in PurePosixPath(target).parts:
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _lines(manifest: Manifest) -> Iterator[_Listed]:
    number, text = 0, ""
    for at, line in enumerate(manifest.lines, start=1):
        number = number or at
        if line.rstrip().endswith("\\") and len(text) < _LONGEST_LINE:
            text += line.rstrip()[:-1] + " "
            continue
        logical = (text + line)[:_LONGEST_LINE]
        stripped = logical.strip() if "#egg=" in logical else _COMMENT.sub("", logical).strip()
        if stripped and not stripped.startswith("#"):
            yield _Listed(number, stripped)
        number, text = 0, ""


def _requirement(text: str) -> tuple[str, str]:
    """Return name and range of a line; options, paths and addresses without a name have none."""
    line = _EDITABLE.sub("", text)
    if "://" in line.split("@", 1)[0] or line.startswith(("-", ".", "/")):
        egg = _EGG.search(line)
        return (egg[1], line.split("#", 1)[0]) if egg and "://" in line else ("", "")
    return split_requirement(line)
