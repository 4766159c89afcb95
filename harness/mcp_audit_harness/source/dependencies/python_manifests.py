"""What Python projects ask for: pyproject.toml, setup.cfg, setup.py, Pipfile, scripts with inline metadata."""

import ast
import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ..python.syntax import last_name, parsed
from .packages import PYPI, Declared, Group, Manifest, canonical, wanted
from .requirement_lines import is_development, split_requirement

_ADDRESSES: Final = ("git", "url", "path", "file", "editable", "workspace")
_MOST_ALIKE: Final = 50
"""Lines that look like the key of a list."""
_KEY: Final = re.compile(r"""\s*["']?([\w.-]+?)["']?\s*[=.]""")
_SDK: Final = re.compile(r"\s*(fast)?mcp\b")
_MOST_GROUPS: Final = 200
"""Of one manifest; nobody writes more, and each is searched for in the text."""


def pyproject(path: str, text: str) -> Iterator[Declared]:
    """Yield the requirements in a pyproject.toml: of PEP 621 and PEP 735, of Poetry, uv and PDM."""
    table = _toml(text)
    manifest = Manifest.of(path, text)
    project, tool = subtable(table, "project"), subtable(table, "tool")
    sources = subtable(tool, "uv", "sources")
    yield from _rows(manifest, "dependencies", project.get("dependencies"), Group.MAIN, sources)
    for name, rows in _first(subtable(project, "optional-dependencies")):
        group = Group.DEV if is_development(name) else Group.EXTRA
        yield from _rows(manifest, name, rows, group, sources)
    for name, rows in _first(subtable(table, "dependency-groups")):
        yield from _rows(manifest, name, rows, Group.DEV, sources)
    yield from _rows(manifest, "requires", subtable(table, "build-system").get("requires"), Group.BUILD, {})
    yield from _rows(manifest, "dev-dependencies", subtable(tool, "uv").get("dev-dependencies"), Group.DEV, sources)
    for name, rows in _first(subtable(tool, "pdm", "dev-dependencies")):
        yield from _rows(manifest, name, rows, Group.DEV, {})
    yield from _poetry(manifest, subtable(tool, "poetry"))


def pipfile(path: str, text: str) -> Iterator[Declared]:
    """Yield the requirements in a Pipfile."""
    table = _toml(text)
    manifest = Manifest.of(path, text)
    yield from _constraints(manifest, "[packages]", subtable(table, "packages"), Group.MAIN)
    yield from _constraints(manifest, "[dev-packages]", subtable(table, "dev-packages"), Group.DEV)


def setup_cfg(path: str, text: str) -> Iterator[Declared]:
    """Yield the requirements in a setup.cfg of setuptools."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError, AttributeError):
        return  # AttributeError: a continuation line below an option without a value (CPython's own slip)
    manifest = Manifest.of(path, text)
    groups = [
        ("options", "install_requires", Group.MAIN),
        ("options", "setup_requires", Group.BUILD),
        ("options", "tests_require", Group.DEV),
    ]
    if parser.has_section("options.extras_require"):
        groups += [
            ("options.extras_require", name, Group.EXTRA)
            for name in islice(parser["options.extras_require"], _MOST_GROUPS)
        ]
    for section, option, group in groups:
        value = parser.get(section, option, fallback="") or ""
        rows = [row for row in value.split("\n" if "\n" in value else ";") if row.strip()]
        yield from _rows(manifest, option, rows, group, {})


def setup_py(path: str, text: str) -> Iterator[Declared]:
    """Yield the requirements that a setup.py writes out; what it computes is not known."""
    module = parsed(text)
    if module is None:
        return
    manifest = Manifest.of(path, text)
    named = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    groups = {"install_requires": Group.MAIN, "setup_requires": Group.BUILD, "tests_require": Group.DEV}
    for keyword in _setup_keywords(module):
        value = _literal(keyword.value, named)
        if keyword.arg in groups:
            yield from _constants(manifest, value, groups[keyword.arg])
        elif keyword.arg == "extras_require" and isinstance(value, ast.Dict):
            for rows in value.values:
                yield from _constants(manifest, _literal(rows, named), Group.EXTRA)


def script(path: str, text: str) -> Iterator[Declared]:
    """Yield the requirements in the inline metadata of a script (PEP 723): of a server, or of a tool beside it."""
    lines = text.split("\n")
    starts = [at for at, line in enumerate(lines) if line.rstrip() == "# /// script"]
    ends = [at for at, line in enumerate(lines) if line.rstrip() == "# ///"]
    if starts and ends and starts[0] < ends[0]:
        inner = [line[2:] for line in lines[starts[0] + 1 : ends[0]]]
        manifest = Manifest.of(path, text)
        rows = _toml("\n".join(inner)).get("dependencies")
        server = isinstance(rows, list) and any(isinstance(row, str) and _SDK.match(row) for row in rows)
        yield from _rows(manifest, "dependencies", rows, Group.MAIN if server else Group.DEV, {})


def _rows(manifest: Manifest, key: str, rows: object, group: Group, sources: Mapping[str, Any]) -> Iterator[Declared]:
    """Yield requirements of a list, each with the line on which its text stands, below that of its key."""
    if not isinstance(rows, list) or not rows:
        return
    texts = [row for row in rows if isinstance(row, str)]
    after = _line_of_key(manifest, key, texts)
    for row in texts:
        name, requirement = split_requirement(row)
        if canonical(PYPI, name):
            line = manifest.line_with(row.strip(), after) or after
            after = max(line, 1)
            address = _address(sources.get(name))
            yield from wanted(PYPI, name, address or requirement, group, manifest.place(line))


def _line_of_key(manifest: Manifest, key: str, rows: Sequence[str]) -> int:
    """Return the line of `key = [`: of several alike the one below which the first requirement follows soonest."""
    pattern = re.compile(rf"""\s*(?:#\s*)?["']?{re.escape(key)}["']?\s*(?:[=:]|$)""")
    alike = (number for number, line in enumerate(manifest.lines, start=1) if key in line and pattern.match(line))
    best, distance = 1, len(manifest.lines)
    for number in islice(alike, _MOST_ALIKE if rows else 0):
        at = manifest.line_with(rows[0].strip(), number, number + distance + 1)
        if at:
            best, distance = number, at - number - 1
    return best


def _poetry(manifest: Manifest, poetry: Mapping[str, Any]) -> Iterator[Declared]:
    header = "[tool.poetry.dependencies]"
    yield from _constraints(manifest, header, subtable(poetry, "dependencies"), Group.MAIN)
    header = "[tool.poetry.dev-dependencies]"
    yield from _constraints(manifest, header, subtable(poetry, "dev-dependencies"), Group.DEV)
    for name, _ in _first(subtable(poetry, "group")):
        header = f"[tool.poetry.group.{name}.dependencies]"
        yield from _constraints(manifest, header, subtable(poetry, "group", name, "dependencies"), Group.DEV)


def _constraints(manifest: Manifest, header: str, table: Mapping[str, Any], group: Group) -> Iterator[Declared]:
    """Yield `name = "^1.2"` and `name = { version = …, optional = true }` of a section."""
    begin = manifest.line_with(header) or 1
    lines = _keys(manifest, begin)
    for name, value in table.items():
        line = lines.get(name, begin)
        for one in value if isinstance(value, list) else [value]:
            optional = isinstance(one, dict) and one.get("optional") is True
            its = Group.EXTRA if optional and group is Group.MAIN else group
            if name.lower() != "python":
                yield from wanted(PYPI, name, _constraint(one), its, manifest.place(line))


def _keys(manifest: Manifest, begin: int) -> dict[str, int]:
    """Return the line of each name in the section that begins at a line."""
    found: dict[str, int] = {}
    for number, line in enumerate(manifest.lines[begin:], start=begin + 1):
        match = _KEY.match(line)
        if match:
            found.setdefault(match[1], number)
        elif line.startswith("["):
            break
    return found


def _constraint(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _address(value) or str(value.get("version", ""))
    return ""


def _address(source: object) -> str:
    """Return where a requirement comes from if not from the registry, with what of it is asked for."""
    if isinstance(source, list):
        source = source[0] if source else None
    if not isinstance(source, dict):
        return ""
    for key in _ADDRESSES:
        value = source.get(key)
        if value:
            at = next((str(source[part]) for part in ("rev", "tag") if source.get(part)), "")
            address = value if isinstance(value, str) else "."
            return f"{key}:{address}{'@' if at else ''}{at}"
    return ""


def _setup_keywords(module: ast.Module) -> Iterator[ast.keyword]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and last_name(node.func) == "setup":
            yield from node.keywords


def _literal(value: ast.expr, named: Mapping[str, ast.expr]) -> ast.expr:
    return named.get(value.id, value) if isinstance(value, ast.Name) else value


def _constants(manifest: Manifest, value: ast.expr, group: Group) -> Iterator[Declared]:
    for item in value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]:
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            for row in item.value.split("\n"):
                yield from wanted(PYPI, *split_requirement(row), group, manifest.place(item.lineno))


def _toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _first(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return islice(table.items(), _MOST_GROUPS)


def subtable(table: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """Return the table that the names lead to; an empty one if there is none."""
    for name in names:
        value = table.get(name)
        if not isinstance(value, dict):
            return {}
        table = value
    return table
