"""What the names of a module stand for: its functions, classes, constants, and what annotations promise."""

import ast
from functools import cached_property
from typing import TYPE_CHECKING, Final

from .syntax import Function
from .values import NOTHING, Value, written

if TYPE_CHECKING:
    from .module import PythonModule

_SIMPLE: Final = frozenset({"int", "float", "bool", "None", "complex"})
_CLEAN: Final = frozenset(
    {"UUID", "UUID4", "Literal", "date", "datetime", "time", "timedelta", "Decimal", "PositiveInt", "NonNegativeInt"}
    | {"IPv4Address", "IPv6Address", "StrictInt", "StrictBool", "conint", "confloat"}
)
_UNIONS: Final = frozenset({"Optional", "Union"})
_ENUMS: Final = frozenset({"Enum", "StrEnum", "IntEnum", "Flag"})


class Scopes:
    """Looks names up in a module, from within its functions."""

    def __init__(self, module: "PythonModule") -> None:
        self.module = module
        self._ambient: dict[tuple[str, ast.AST | None], Value] = {}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Every class by its name."""
        return {node.name: node for node in self.module.each(ast.ClassDef)}

    @cached_property
    def _functions(self) -> dict[str, list[Function]]:
        found: dict[str, list[Function]] = {}
        for function in self.module.functions:
            if not isinstance(self.module.parents.get(function), ast.ClassDef):
                found.setdefault(function.name, []).append(function)
        return found

    @cached_property
    def _assigned(self) -> dict[tuple[str, ast.AST | None], list[ast.expr]]:
        """Every value that is given to a name or to an attribute of `self`, by the function or class around it."""
        found: dict[tuple[str, ast.AST | None], list[ast.expr]] = {}
        for target, value, node in self.module.assignments():
            if isinstance(target, ast.Name):
                found.setdefault((target.id, self._around(node)), []).append(value)
            elif isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self":
                found.setdefault((f"self.{target.attr}", self.module.class_around(node)), []).append(value)
        return found

    def _around(self, node: ast.AST) -> ast.AST | None:
        return next((up for up in self.module.around(node) if isinstance(up, Function | ast.ClassDef)), None)

    def function(self, name: str, near: Function) -> Function | None:
        """Return the function of that name that is seen from another: one within it before one of the module."""
        if name in self.module.imports and not self._functions.get(name):
            return None
        found = self._functions.get(name, [])
        around = {near, *self.module.around(near)}
        inner = next((item for item in found if self.module.function_of(item) in around), None)
        return inner or next((item for item in found if self.module.function_of(item) is None), None)

    def method(self, owner: str, name: str, depth: int = 4) -> Function | None:
        """Return a method of a class of the module, or of its bases."""
        node = self.classes.get(owner)
        if node is None or not depth:
            return None
        for item in node.body:
            if isinstance(item, Function) and item.name == name:
                return item
        bases = (self.module.name_of(base) for base in node.bases)
        return next((found for base in bases if (found := self.method(base, name, depth - 1))), None)

    def ambient(self, name: str, near: Function | None) -> Value:
        """Return what a name of an enclosing function, of the module, or `self.x` is, as far as no client sets it."""
        key = name, near
        if key not in self._ambient:
            self._ambient[key] = NOTHING  # for names that stand for themselves
            self._ambient[key] = self._look_up(name, near)
        return self._ambient[key]

    def _look_up(self, name: str, near: Function | None) -> Value:
        places: list[ast.AST | None] = [self.module.class_around(near) if near else None]
        if not name.startswith("self."):
            places = [up for up in self.module.around(near) if isinstance(up, Function)] if near else []
            places.append(None)
        for place in places:
            values = self._assigned.get((name, place), [])
            for value in values:
                if (found := self.plain(value, near, single=len(values) == 1)) != NOTHING:
                    return found
        return Value(of=self.module.imports.get(name, ""))

    def plain(self, node: ast.expr, near: Function | None, *, single: bool = True) -> Value:
        """Return what an expression outside of any flow is: a text, or an object of a class."""
        if isinstance(node, ast.Constant):
            return written(str(node.value)) if single and isinstance(node.value, str | int) else NOTHING
        if isinstance(node, ast.Call):
            return Value(of=self.module.called(node) or self.plain(node.func, near).of)
        if isinstance(node, ast.BinOp | ast.BoolOp | ast.IfExp | ast.Await):
            return next((found for item in ast.iter_child_nodes(node) if (found := self._of(item, near)).of), NOTHING)
        if isinstance(node, ast.Name):
            return self._parameter(node.id, near) or self.ambient(node.id, near)
        return NOTHING

    def _of(self, node: ast.AST, near: Function | None) -> Value:
        return Value(of=self.plain(node, near).of) if isinstance(node, ast.expr) else NOTHING

    def _parameter(self, name: str, near: Function | None) -> Value | None:
        for function in self.module.functions:
            if (
                function.name == "__init__"
                and near is not None
                and self.module.class_around(function) is self.module.class_around(near)
            ):
                for item in function.args.args:
                    if item.arg == name and item.annotation is not None:
                        return Value(of=self.annotated(item.annotation))
        return None

    def annotated(self, annotation: ast.expr | None) -> str:
        """Return the class that an annotation names; empty for unions of several and for generic ones."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return annotation.value if annotation.value.isidentifier() else ""
        return self.module.name_of(annotation) if annotation is not None else ""

    def constant_of(self, owner: str, name: str) -> str | None:
        """Return the text of a constant or of an enumeration's member of a class of the module."""
        for value in self._assigned.get((name, self.classes.get(owner)), []) if owner in self.classes else []:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
        return None

    def model(self, annotation: ast.expr | None) -> str:
        """Return the class of the module whose attributes a client fills; empty for anything else."""
        parts = () if annotation is None else (getattr(node, "id", "") for node in ast.walk(annotation))
        outer = getattr(getattr(annotation, "value", None), "id", "")
        if outer in {"list", "List", "Sequence"}:
            return ""
        return next((name for name in parts if name in self.classes and not self._enumerates(name)), "")

    def is_model(self, name: str) -> bool:
        """Return whether objects of a class of the module are made of what they are given, unseen."""
        return name in self.classes and self.method(name, "__init__") is None

    def field(self, owner: str, name: str) -> ast.expr | None:
        """Return the annotation of an attribute of a class of the module."""
        node = self.classes.get(owner)
        for item in node.body if node else []:
            if isinstance(item, ast.AnnAssign) and getattr(item.target, "id", "") == name:
                return item.annotation
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)] if node else []
        return next((found for base in bases if base != owner and (found := self.field(base, name))), None)

    def harmless(self, annotation: ast.expr | None) -> bool:
        """Return whether whatever gets through an annotation is no free text: numbers, choices, patterns."""
        if isinstance(annotation, ast.Constant):
            return annotation.value is None
        if isinstance(annotation, ast.BinOp):
            return self.harmless(annotation.left) and self.harmless(annotation.right)
        if isinstance(annotation, ast.Subscript):
            return self._generic(annotation)
        name = self.module.name_of(annotation).rpartition(".")[2] if annotation is not None else ""
        return name in _SIMPLE or name in _CLEAN or self._enumerates(name)

    def _generic(self, annotation: ast.Subscript) -> bool:
        name = self.module.name_of(annotation.value).rpartition(".")[2]
        parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if name == "Annotated":
            limits = {item.arg for node in ast.walk(annotation) if isinstance(node, ast.Call) for item in node.keywords}
            return self.harmless(parts[0]) or bool(limits & {"pattern", "regex"})
        if name in _UNIONS or name.lower() in {"list", "set", "sequence", "tuple", "frozenset"}:
            return all(self.harmless(part) for part in parts)
        return name in _CLEAN

    def _enumerates(self, name: str) -> bool:
        node = self.classes.get(name)
        return node is not None and any(self.module.name_of(base).rpartition(".")[2] in _ENUMS for base in node.bases)
