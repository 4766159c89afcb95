"""What the names of a module hold, where it shows: `client` after `async with httpx.AsyncClient() as client`."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from .module import PythonModule
from .syntax import is_none, parameters


def class_of(module: PythonModule, node: ast.expr) -> str:
    """Return the dotted name of what made the object behind an expression, or of its declared type; else empty.

    A name is looked up in the functions around it, then in the module; `self.x` wherever the module sets it.
    """
    if isinstance(node, ast.Await):
        node = node.value
    if isinstance(node, ast.Call):
        return module.called(node)
    key = _key(node)
    known = _made(module)
    scopes = [module.function_of(node), *(up for up in module.around(node) if up in known), None]
    return next((known[scope][key] for scope in scopes if key and key in known.get(scope, {})), "")


def imported_call(module: PythonModule, node: ast.AST) -> str:
    """Return the dotted name of what a call calls, if an import leads to it: variables are called `requests`, too."""
    root = node.func if isinstance(node, ast.Call) else None
    while isinstance(root, ast.Attribute):
        root = root.value
    return module.called(node) if isinstance(root, ast.Name) and root.id in module.imports else ""


@lru_cache(maxsize=4)
def _made(module: PythonModule) -> Mapping[ast.AST | None, Mapping[str, str]]:
    """Return, by scope, what each name was made by; names that were made by different things are left out."""
    found: dict[ast.AST | None, dict[str, str]] = {}
    for target, made, around in _bindings(module):
        scope = None if "." in target else around
        known = found.setdefault(scope, {})
        known[target] = made if known.get(target, made) == made else ""
    return MappingProxyType(found)


def _bindings(module: PythonModule) -> Iterator[tuple[str, str, ast.AST | None]]:
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            pairs = [(node.optional_vars, node.context_expr)]
        else:
            pairs = []
        for target, value in pairs:
            made = value.value if isinstance(value, ast.Await) else value
            if _key(target) and not is_none(made):
                yield _key(target), module.called(made), module.function_of(node)
    for function in module.functions:
        for item in parameters(function):
            yield item.arg, _declared(module, item.annotation), function


def _declared(module: PythonModule, annotation: ast.expr | None) -> str:
    """Return the type of an annotation, `X` of `X | None` and of `Optional[X]`; empty without one."""
    if annotation is None:
        return ""
    if isinstance(annotation, ast.BinOp) and is_none(annotation.right):
        return _declared(module, annotation.left)
    if isinstance(annotation, ast.Subscript) and module.name_of(annotation.value) == "typing.Optional":
        return _declared(module, annotation.slice)
    return module.name_of(annotation)


def _key(node: ast.AST) -> str:
    """Return `x` or `self.x`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}:
        return f"self.{node.attr}"
    return ""
