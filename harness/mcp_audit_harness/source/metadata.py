"""What the manifests of a tree say of it: its name, version, entry points and versions of Python."""

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from .dependencies.packages import plain, read_text
from .dependencies.python_manifests import subtable
from .tree import SourceTree

_MOST_ENTRY_POINTS: Final = 20
_HEADER: Final = re.compile(r"^(Name|Version|Requires-Python):[ \t]*(\S.*)$", re.MULTILINE)
_VERSION: Final = re.compile(
    r"""^(?:__version__|VERSION|version)\s*(?::\s*\w+\s*)?=\s*["']([\w.+!-]{1,60})["']""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is said; empty where nothing is."""

    name: str = ""
    version: str = ""
    entry_points: tuple[str, ...] = ()
    requires_python: str = ""


def metadata_of(tree: SourceTree) -> Metadata:
    """Return what the manifests nearest to the root say, each filling in what those before it leave open."""
    every = (*tree.others, *(file.path for file in tree.sources))
    paths = [path for path in every if PurePosixPath(path).name in _READERS]
    if not paths:
        return Metadata()
    depth = min(path.count("/") for path in paths)
    said, names = Metadata(), tuple(_READERS)
    nearest = (path for path in paths if path.count("/") == depth)
    for path in sorted(nearest, key=lambda path: names.index(PurePosixPath(path).name)):
        more = _read(tree, path)
        said = Metadata(
            said.name or more.name,
            said.version or more.version,
            said.entry_points or more.entry_points,
            said.requires_python or more.requires_python,
        )
    return said


def _read(tree: SourceTree, path: str) -> Metadata:
    try:
        return _READERS[PurePosixPath(path).name](tree, path, read_text(tree, path))
    except (ValueError, configparser.Error, RecursionError, MemoryError):
        return Metadata()


def _pyproject(tree: SourceTree, path: str, text: str) -> Metadata:
    table = tomllib.loads(text)
    project, tool = subtable(table, "project"), subtable(table, "tool")
    poetry = subtable(tool, "poetry")
    scripts = {**subtable(poetry, "scripts"), **subtable(project, "scripts"), **subtable(project, "gui-scripts")}
    declared = _text(project.get("version")) or _text(poetry.get("version"))
    python = _text(project.get("requires-python")) or _caret(_text(subtable(poetry, "dependencies").get("python")))
    return Metadata(
        _text(project.get("name")) or _text(poetry.get("name")),
        declared or _version_in(tree, path, _text(subtable(tool, "hatch", "version").get("path"))),
        _points((name, _text(target)) for name, target in scripts.items()),
        python,
    )


def _version_in(tree: SourceTree, manifest: str, named: str) -> str:
    """Return the version that a source file assigns."""
    path = (PurePosixPath(manifest).parent / named).as_posix() if named else ""
    source = next((file for file in tree.sources if file.path == path), None)
    match = _VERSION.search(source.text) if source is not None else None
    return match[1] if match else ""


def _setup_cfg(_: SourceTree, __: str, text: str) -> Metadata:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    version = parser.get("metadata", "version", fallback="")
    scripts = parser.get("options.entry_points", "console_scripts", fallback="")
    return Metadata(
        plain(parser.get("metadata", "name", fallback="")),
        "" if version.startswith(("attr:", "file:")) else plain(version),
        _points(_pair(line) for line in scripts.splitlines()),
        plain(parser.get("options", "python_requires", fallback="")),
    )


def _setup_py(_: SourceTree, __: str, text: str) -> Metadata:
    """Read the literals of the call of setup(); nothing is run."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "setup":
            given = {item.arg: item.value for item in node.keywords if item.arg}
            points = _literal(given.get("entry_points"))
            lines = points.get("console_scripts") if isinstance(points, dict) else None
            return Metadata(
                _text(_literal(given.get("name"))),
                _text(_literal(given.get("version"))),
                _points(_pair(_text(line)) for line in lines) if isinstance(lines, list) else (),
                _text(_literal(given.get("python_requires"))),
            )
    return Metadata()


def _package_json(_: SourceTree, __: str, text: str) -> Metadata:
    table = json.loads(text)
    if not isinstance(table, dict):
        return Metadata()
    name, programs = _text(table.get("name")), table.get("bin")
    if isinstance(programs, str):
        programs = {name.rpartition("/")[2]: programs}
    found = programs if isinstance(programs, dict) else {}
    return Metadata(name, _text(table.get("version")), _points((key, _text(value)) for key, value in found.items()))


def _pkg_info(_: SourceTree, __: str, text: str) -> Metadata:
    head = dict(_HEADER.findall(text.partition("\n\n")[0]))
    return Metadata(plain(head.get("Name", "")), plain(head.get("Version", "")), (), head.get("Requires-Python", ""))


def _points(pairs: Iterator[tuple[str, str]]) -> tuple[str, ...]:
    written = [plain(f"{name} = {target}") for name, target in pairs if name and target]
    return tuple(written[:_MOST_ENTRY_POINTS])


def _pair(line: str) -> tuple[str, str]:
    name, _, target = line.partition("=")
    return name.strip(), target.strip()


def _caret(requirement: str) -> str:
    """Return Poetry's ^3.11 or ~3.11 as a lower bound."""
    return re.sub(r"^[~^](?=\d)", ">=", requirement)


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None


def _text(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""


_READERS: Final[Mapping[str, Callable[[SourceTree, str, str], Metadata]]] = MappingProxyType(
    {
        "pyproject.toml": _pyproject,
        "setup.cfg": _setup_cfg,
        "setup.py": _setup_py,
        "package.json": _package_json,
        "PKG-INFO": _pkg_info,
    }
)
"""In the order in which they are believed."""
