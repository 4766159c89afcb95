"""What a module sets by name: constants, fields of classes of settings, keyword arguments, items of a configuration."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .module import PythonModule
from .origins import is_parameter, origins, scope_of
from .syntax import constant, given, last_name

_SETTINGS: Final = re.compile(r"(?:Settings|Config|Configuration|Options|Security)$")
_FALSE, _TRUE = frozenset({"false", "0", "no", "off"}), frozenset({"true", "1", "yes", "on"})
_OF_TEXT: Final = frozenset({"lower", "strip", "casefold", "upper"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One name with the value that it gets, or that it has by default."""

    name: str
    """In small letters."""
    value: ast.expr
    node: ast.expr | ast.stmt | ast.keyword
    """What a reader is shown."""
    given: bool
    """Whether it is handed to something or assigned to a configuration; else it is a constant or a default."""

    def is_off(self, module: PythonModule) -> bool:
        """Whether the value is, or is by default, false."""
        return self._is(module, False, _FALSE)

    def is_on(self, module: PythonModule) -> bool:
        """Whether the value is, or is by default, true."""
        return self._is(module, True, _TRUE)

    def _is(self, module: PythonModule, value: bool, words: frozenset[str]) -> bool:
        """Whether the value can be nothing else; what a parameter holds is up to callers."""
        inner = _inner(self.value)
        if isinstance(inner, ast.Name) and is_parameter(module, inner):
            return False
        found = [item.value if isinstance(item, ast.Constant) else None for item in origins(module, inner)]
        return bool(found) and all(item is value or (isinstance(item, str) and item.lower() in words) for item in found)


@lru_cache(maxsize=4)
def settings_of(module: PythonModule) -> tuple[Setting, ...]:
    """Return every setting: first keyword arguments, then what is assigned, then what is declared with a type."""
    return tuple(_settings(module))


def _settings(module: PythonModule) -> Iterator[Setting]:
    for item in module.each(ast.keyword):
        if item.arg is not None:
            yield Setting(item.arg.lower(), item.value, item, given=True)
    for target, value, node in module.assignments():
        yield from _assigned(module, node, target, value)


def _assigned(module: PythonModule, node: ast.stmt, target: ast.expr, value: ast.expr) -> Iterator[Setting]:
    if isinstance(target, ast.Subscript) and isinstance(key := constant(target.slice), str):
        yield Setting(key.lower(), value, node, given=True)
    elif isinstance(target, ast.Attribute):
        if last_name(target.value) in {"settings", "config", "options"}:
            yield Setting(target.attr.lower(), value, node, given=True)
    elif isinstance(target, ast.Name):
        scope = scope_of(module, node)
        of_settings = isinstance(scope, ast.ClassDef) and _SETTINGS.search(scope.name)
        if of_settings or (scope is None and target.id.isupper()):
            yield Setting(target.id.lower(), value, node, given=False)


def _inner(value: ast.expr) -> ast.expr:
    """Return the default of a field, and what is compared in `getenv("X", "0").lower() == "1"`."""
    while True:
        if isinstance(value, ast.Compare):
            value = value.left
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _OF_TEXT:
            value = value.func.value
        elif isinstance(value, ast.Call) and getattr(value.func, "id", "") in {"Field", "field"}:
            value = given(value, 0, "default") or ast.Constant(None)
        else:
            return value
