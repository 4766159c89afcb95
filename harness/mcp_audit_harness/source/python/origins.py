"""Where the values of a module come from, as far as names show it: `host` after `host = os.getenv("HOST", "::")`."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from .module import PythonModule
from .syntax import Function, given, parameters, with_defaults

_FROM_ENVIRONMENT: Final = frozenset({"os.getenv", "os.environ.get", "environ.get", "getenv"})
_Scope: TypeAlias = ast.AST | None


def origins(module: PythonModule, node: ast.expr) -> tuple[ast.expr, ...]:
    """Return the expressions that a value can come from.

    Names lead to what they are set to and to the defaults of parameters, `a or b` to both, a variable of the
    environment to the default that is given for it. What leads nowhere stands for itself.
    """
    return tuple(reached(node, lambda inner: _behind(module, inner), ends_only=True))


def reached(
    node: ast.expr, onward: Callable[[ast.expr], Iterable[ast.expr]], *, ends_only: bool = False
) -> Iterator[ast.expr]:
    """Yield the expressions to which steps `onward` lead from a node, each once; `ends_only`: such as lead no further.

    Names can go round in circles, and fan out: what is read twice would be read without end.
    """
    waiting = [node]
    seen: set[ast.expr] = set()
    while waiting:
        inner = waiting.pop()
        if inner not in seen:
            seen.add(inner)
            steps = list(onward(inner))
            if not (ends_only and steps):
                yield inner
            waiting.extend(reversed(steps))


def _behind(module: PythonModule, node: ast.expr) -> tuple[ast.expr, ...]:
    if isinstance(node, ast.Name):
        return bound_to(module, node)
    if isinstance(node, ast.BoolOp):
        return tuple(node.values) if isinstance(node.op, ast.Or) else ()
    default = environment_default(module, node)
    return () if default is None else (default,)


def environment_default(module: PythonModule, node: ast.expr) -> ast.expr | None:
    """Return the default of a lookup in the environment."""
    if not isinstance(node, ast.Call) or module.called(node) not in _FROM_ENVIRONMENT:
        return None
    return given(node, 1, "default")


def constants(module: PythonModule, node: ast.expr) -> tuple[ast.Constant, ...]:
    """Return the literals that a value can come from."""
    return tuple(found for found in origins(module, node) if isinstance(found, ast.Constant))


def elements(module: PythonModule, node: ast.expr) -> tuple[ast.Constant, ...]:
    """Return the literals in the lists, sets and tuples that a value can come from."""
    lists = [found.elts for found in origins(module, node) if isinstance(found, ast.List | ast.Tuple | ast.Set)]
    return tuple(item for inner in lists for item in inner if isinstance(item, ast.Constant))


def bound_to(module: PythonModule, name: ast.Name) -> tuple[ast.expr, ...]:
    """Return what a name is set to in the nearest scope that sets it; empty if that does not show."""
    known = _bindings(module)
    functions: list[_Scope] = [up for up in module.around(name) if isinstance(up, Function | ast.Lambda)]
    for scope in (*functions, None):
        if name.id in known.get(scope, {}):
            return known[scope][name.id]
    return ()


def is_parameter(module: PythonModule, name: ast.Name) -> bool:
    """Whether a name is a parameter of a function around it."""
    functions = (up for up in module.around(name) if isinstance(up, Function | ast.Lambda))
    return any(item.arg == name.id for function in functions for item in parameters(function))


@lru_cache(maxsize=4)
def _bindings(module: PythonModule) -> Mapping[_Scope, Mapping[str, tuple[ast.expr, ...]]]:
    found: dict[_Scope, dict[str, tuple[ast.expr, ...]]] = {}
    for name, value, scope in (*_assigned(module), *_defaults(module)):
        if not isinstance(scope, ast.ClassDef):
            known = found.setdefault(scope, {})
            known[name] = (*known.get(name, ()), *(() if value is None else (value,)))
    return MappingProxyType(found)


def _assigned(module: PythonModule) -> Iterator[tuple[str, ast.expr | None, _Scope]]:
    for name in module.each(ast.Name):
        if isinstance(name.ctx, ast.Store):
            parent = module.parents[name]
            simple = isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr)
            yield name.id, getattr(parent, "value", None) if simple else None, scope_of(module, name)


def _defaults(module: PythonModule) -> Iterator[tuple[str, ast.expr | None, _Scope]]:
    for function in module.functions:
        for argument, default in with_defaults(function):
            yield argument.arg, default, function


def scope_of(module: PythonModule, node: ast.AST) -> _Scope:
    """Return the function or class whose scope a node is in; None: that of the module."""
    scopes = Function | ast.Lambda | ast.ClassDef
    return next((up for up in module.around(node) if isinstance(up, scopes)), None)
