"""Parts of the tree of a module: names, literals, arguments of calls, parameters of functions."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from ..rules import Hit, Mark

if TYPE_CHECKING:
    from .module import PythonModule

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def parsed(text: str) -> ast.Module | None:
    """Return the tree of a text; None if this interpreter cannot parse it."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def last_name(node: ast.AST | None) -> str:
    """Return the last part of a plain or dotted name; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def ending(node: ast.expr) -> str:
    """Return the last part of a plain or dotted name, or of what a call calls; empty for anything else."""
    return ending(node.func) if isinstance(node, ast.Call) else last_name(node)


def constant(node: ast.AST | None) -> object:
    """Return the value of a literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None


def string(node: ast.AST | None) -> str:
    """Return the text of a literal; empty for anything else."""
    value = constant(node)
    return value if isinstance(value, str) else ""


def is_none(node: ast.AST | None) -> bool:
    """Whether it is the literal None."""
    return isinstance(node, ast.Constant) and node.value is None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return the value of a keyword argument."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def given(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """Return the value of an argument that can be given by its name or by its position."""
    return keyword(call, name) or (call.args[position] if len(call.args) > position else None)


def parameters(function: Function | ast.Lambda) -> tuple[ast.arg, ...]:
    """Return every parameter, those of `*args` and `**kwargs` last."""
    spec = function.args
    stars = [item for item in (spec.vararg, spec.kwarg) if item is not None]
    return (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *stars)


def with_defaults(function: Function) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Yield every plain parameter with its default."""
    spec = function.args
    plain = [*spec.posonlyargs, *spec.args]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(spec.defaults))
    yield from zip(plain, [*missing, *spec.defaults], strict=True)
    yield from zip(spec.kwonlyargs, spec.kw_defaults, strict=True)


def mark(node: ast.expr | ast.stmt | ast.ExceptHandler, note: str) -> Mark:
    """Return a stop at a node."""
    return Mark(node.lineno, node.col_offset + 1, note)


def hit_at(module: "PythonModule", node: ast.expr | ast.stmt | ast.keyword | ast.ExceptHandler, message: str) -> Hit:
    """Return a hit at a node, of the tool that it belongs to."""
    return Hit(node.lineno, message, node.col_offset + 1, node.end_lineno or 0, subject=module.subject_of(node))
