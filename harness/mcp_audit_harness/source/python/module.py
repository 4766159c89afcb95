"""A Python module as rules read it: its tree, what its names stand for, what encloses what."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from .syntax import Function
from .tools import Tool, tools_of

_Node = TypeVar("_Node", bound=ast.AST)


@dataclass(frozen=True)  # without slots: parts are computed when they are asked for, and kept
class PythonModule:
    """One parsed module."""

    path: str
    """Below the root of the tree, with forward slashes."""
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)

    @classmethod
    def parse(cls, path: str, text: str) -> "PythonModule":
        """Return the module; raises SyntaxError, ValueError or RecursionError if it cannot be parsed."""
        return cls(path, text, ast.parse(text))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node, in the order of `ast.walk`."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """The node that encloses each node."""
        return MappingProxyType({child: node for node in self.nodes for child in ast.iter_child_nodes(node)})

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What imported names stand for, anywhere in the module: `sp` for `subprocess`, `run` for `subprocess.run`."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for item in node.names:
                    top = item.name.partition(".")[0]
                    found[item.asname or top] = item.name if item.asname else top
            elif isinstance(node, ast.ImportFrom):
                origin = "." * node.level + (f"{node.module}." if node.module else "")
                found |= {item.asname or item.name: f"{origin}{item.name}" for item in node.names}
        return MappingProxyType(found)

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function and method, in order."""
        return tuple(self.each(ast.FunctionDef, ast.AsyncFunctionDef))

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """The MCP tools that the module defines."""
        return tuple(tools_of(self))

    def each(self, *kinds: type[_Node]) -> Iterator[_Node]:
        """Yield every node of the given kinds in the order of the text."""
        found = [node for node in self.nodes if isinstance(node, kinds)]
        yield from sorted(found, key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))

    def assignments(self) -> Iterator[tuple[ast.expr, ast.expr, ast.Assign | ast.AnnAssign]]:
        """Yield every target with its value and the statement: first those without a type, then those with one."""
        for plain in self.each(ast.Assign):
            yield from ((target, plain.value, plain) for target in plain.targets)
        for typed in self.each(ast.AnnAssign):
            if typed.value is not None:
                yield typed.target, typed.value, typed

    def name_of(self, node: ast.AST) -> str:
        """Return the dotted name of an expression, imports resolved: `sp.run` is `subprocess.run`; else empty."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.name_of(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""

    def called(self, node: ast.AST) -> str:
        """Return the dotted name of what a call calls; empty for anything else."""
        return self.name_of(node.func) if isinstance(node, ast.Call) else ""

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes that enclose `node`, the nearest first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def function_of(self, node: ast.AST) -> Function | None:
        """Return the innermost function around `node`."""
        return next((up for up in self.around(node) if isinstance(up, Function)), None)

    def class_around(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the innermost class around `node`."""
        return next((up for up in self.around(node) if isinstance(up, ast.ClassDef)), None)

    def tool_of(self, node: ast.AST) -> Tool | None:
        """Return the tool in whose body `node` is."""
        owners = {node, *self.around(node)}
        return next((tool for tool in self.tools if tool.function in owners), None)

    def subject_of(self, node: ast.AST) -> str:
        """Return `tool:NAME` for a node in the body of a tool with a name; else empty."""
        tool = self.tool_of(node)
        return "" if tool is None else tool.subject
