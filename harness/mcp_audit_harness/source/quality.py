"""Figures of how a tree is kept: how much of it has types, what kinds of tests there are, how much they cover."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from ..model import Language, Quality
from .coverage import coverage_of
from .python.module import PythonModule
from .python.syntax import Function, parameters
from .tree import SourceFile, SourceTree

if TYPE_CHECKING:
    from .script.module import ScriptModule

_ANY: Final = {"typing.Any", "typing_extensions.Any"}
_NAMED: Final = ("function_declaration", "generator_function_declaration", "method_definition")
"""Functions of TypeScript whose parameters nothing else gives a type."""

_MODULES: Final = (
    ("unit", r"pytest|unittest|doctest", r"vitest|@jest/globals|mocha|node:test"),
    ("property", r"hypothesis|schemathesis", r"fast-check|@fast-check/\w+"),
    ("snapshot", r"syrupy|inline_snapshot|snapshottest", r"jest-image-snapshot"),
    ("e2e", r"playwright|selenium", r"@playwright/test|playwright|cypress|puppeteer"),
    ("load", r"locust", r"k6(?:/\w+)?|autocannon"),
    ("fuzz", r"atheris|pythonfuzz", r"@jazzer\.js/\w+"),
)
"""Kind, modules of Python, packages of npm."""
_IMPORTS: Final = (
    *((kind, re.compile(rf"\b(?:import|from) (?:{python})\b|[\"'](?:{npm})[\"']")) for kind, python, npm in _MODULES),
    ("unit", re.compile(r"^[ \t]*(?:describe|test|it)\(", re.MULTILINE)),
    ("snapshot", re.compile(r"\btoMatch(?:Inline|File)?Snapshot\(")),
)
_FOLDERS: Final = (
    ("integration", re.compile(r"integration", re.IGNORECASE)),
    ("e2e", re.compile(r"(?:^|[/_.-])(?:e2e|end_?to_?end)(?:[/_.-]|$)", re.IGNORECASE)),
    ("property", re.compile(r"(?:^|/)property(?:[/_.-]|$)|_property\b|\.property\.", re.IGNORECASE)),
    ("load", re.compile(r"(?:^|/)load(?:[/_-]|$)|locustfile", re.IGNORECASE)),
    ("snapshot", re.compile(r"(?:^|/)__snapshots__/")),
)
_SORTED: Final = ("unit", "integration", "property", "e2e", "snapshot", "load", "fuzz")


@dataclass(frozen=True, slots=True)
class _Typed:
    """How many places for a type functions have, and how many are filled."""

    places: int
    filled: int

    @property
    def whole(self) -> bool:
        return self.places == self.filled


def quality_of(tree: SourceTree, mypy_errors: int | None) -> Quality:
    """Return the figures of what users run, and of its tests."""
    every: list[_Typed] = []
    anys = 0
    for file in tree.shipped:
        functions, count = _in_python(file) if file.language is Language.PYTHON else _in_script(file)
        every += functions
        anys += count
    places = sum(one.places for one in every)
    return Quality(
        functions=len(every),
        typed_functions=sum(one.whole for one in every),
        type_completeness=round(100 * sum(one.filled for one in every) / places, 1) if places else None,
        any_count=anys,
        mypy_errors=mypy_errors,
        test_kinds=kinds_of(file for file in tree.sources if file.test or not file.aside),
        coverage_percent=coverage_of(tree),
    )


def kinds_of(files: Iterable[SourceFile]) -> tuple[str, ...]:
    """Return the kinds of tests, as imports and folders show; files with load profiles need not be tests by name."""
    found: set[str] = set()
    for file in files:
        load = PurePosixPath(file.path).name.startswith("locustfile")
        if file.test or load:
            by_import = {kind for kind, pattern in _IMPORTS if pattern.search(file.text)}
            by_folder = {kind for kind, pattern in _FOLDERS if pattern.search(file.path)}
            found |= by_folder | (by_import - {"unit"} if by_folder else by_import)
    return tuple(kind for kind in _SORTED if kind in found)


def _in_python(file: SourceFile) -> tuple[list[_Typed], int]:
    try:
        module = PythonModule.parse(file.path, file.text)
        anys = sum(module.name_of(node) in _ANY for node in module.each(ast.Name, ast.Attribute))
        return [_typed(module, function) for function in module.functions], anys
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], 0


def _typed(module: PythonModule, function: Function) -> _Typed:
    """Count the parameters and the result; neither what a method is bound to, nor what __init__ returns."""
    method = isinstance(module.parents.get(function), ast.ClassDef)
    static = any(module.name_of(node) == "staticmethod" for node in function.decorator_list)
    bound = (*function.args.posonlyargs, *function.args.args)[:1] if method and not static else ()
    filled = [item.annotation is not None for item in parameters(function) if item not in bound]
    if not (method and function.name in {"__init__", "__new__", "__init_subclass__"}):
        filled.append(function.returns is not None)
    return _Typed(len(filled), sum(filled))


def _in_script(file: SourceFile) -> tuple[list[_Typed], int]:
    if file.language is not Language.TYPESCRIPT:
        return [], 0
    try:
        from .script.module import ScriptModule  # noqa: PLC0415 - the grammar belongs to an extra

        module = ScriptModule.parse(file.path, file.text)
    except (ImportError, ValueError, RecursionError, MemoryError):
        return [], 0
    anys = sum(module.text_of(node) == "any" for node in module.each("predefined_type"))
    return list(_typed_scripts(module)), anys


def _typed_scripts(module: "ScriptModule") -> Iterator[_Typed]:
    """Count the parameters; results are inferred, and so are the parameters of functions that are arguments."""
    for function in module.each(*_NAMED):
        spec = function.child_by_field_name("parameters")
        given = [item for item in spec.named_children if item.type != "comment"] if spec is not None else []
        typed = [item.child_by_field_name("type") or item.child_by_field_name("value") for item in given]
        yield _Typed(len(typed), sum(item is not None for item in typed))
