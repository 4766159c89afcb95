"""A TypeScript or JavaScript module as rules read it: its tree, what its names stand for, what encloses what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import islice
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .names import imports_of, written_name
from .syntax import CALLABLE, unambiguous, within
from .tools import Tool, functions_of, tools_of

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

    from .values import Arrival

MOST_NODES: Final = 300_000
"""Named nodes of a tree; a module of more is a bundle of many."""
_ORIGIN: Final = re.compile(r"^\s*// (?:\.\./)*[\w@.-]+(?:/[\w@.+-]+)+\.[cm]?[jt]sx?$")
LONGEST_LINE: Final = 20_000
"""Characters; only a minified module has a longer one with code on it."""


@dataclass(frozen=True)  # without slots: parts are computed when they are asked for, and kept
class ScriptModule:
    """One parsed module; where its text is no valid program, the rest of it is read all the same."""

    path: str
    """Below the root of the tree, with forward slashes."""
    text: str = field(repr=False)
    data: bytes = field(repr=False)
    root: Node = field(repr=False)

    @classmethod
    def parse(cls, path: str, text: str) -> ScriptModule:
        """Return the module; raises ValueError if it is minified, or a bundle."""
        data = text.encode("utf-8", "replace")
        if any(len(line) > LONGEST_LINE for line in text.split("\n")):
            raise ValueError("it is minified")
        root = _parser(path.endswith((".ts", ".mts", ".cts"))).parse(data).root_node
        if root.descendant_count > MOST_NODES * 3:
            raise ValueError(f"it has more than {MOST_NODES} nodes")
        return cls(path, text, data, root)

    @cached_property
    def compiled(self) -> bool:
        """Whether a compiler wrote it: its types are gone, and its idioms are not the author's."""
        if PurePosixPath(self.path).suffix not in {".js", ".cjs", ".mjs"}:
            return False
        built = {"dist", "build", "out", "lib"}.intersection(PurePosixPath(self.path).parts[:-1])
        return bool(built) or "sourceMappingURL=" in self.text or '"__esModule"' in self.text

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every named node, in the order of the text, those around before those within."""
        return tuple(islice(within(self.root), MOST_NODES))

    @cached_property
    def kinds(self) -> Mapping[str, tuple[Node, ...]]:
        """The nodes of each kind of the grammar, but for what a bundle has of other packages."""
        found: dict[str, list[Node]] = {}
        foreign = self.foreign
        for node in self.nodes:
            if not foreign or node.start_point.row not in foreign:
                found.setdefault(node.type, []).append(node)
        return MappingProxyType({kind: tuple(nodes) for kind, nodes in found.items()})

    @cached_property
    def parents(self) -> Mapping[int, Node]:
        """The node around each, by the `id` of a node."""
        return MappingProxyType({child.id: node for node in self.nodes for child in node.named_children})

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What names stand for, anywhere in the module: `cp` for `child_process`, `run` for `child_process.exec`."""
        return MappingProxyType(imports_of(self))

    @cached_property
    def constants(self) -> Mapping[str, Node]:
        """The values that names are declared with, those left out that are declared twice."""
        declared = self.each("variable_declarator")
        pairs = ((node.child_by_field_name("name"), node.child_by_field_name("value")) for node in declared)
        return unambiguous(
            (self.text_of(name), value)
            for name, value in pairs
            if name is not None and value is not None and name.type == "identifier"
        )

    @cached_property
    def functions(self) -> Mapping[str, Node]:
        """The functions and methods by their names, those left out whose name several have."""
        return unambiguous(functions_of(self))

    @cached_property
    def tools(self) -> tuple[Tool, ...]:
        """The MCP tools that the module defines."""
        return tuple(tools_of(self))

    @cached_property
    def arrivals(self) -> tuple[Arrival, ...]:
        """The calls that a value of a client's reaches, in the order of the text."""
        from .flows import arrivals_of  # noqa: PLC0415 - the ways are walked over modules

        return arrivals_of(self)

    @cached_property
    def foreign(self) -> frozenset[int]:
        """The rows of a bundle that come from other packages, as bundlers mark them: `// node_modules/…`."""
        marks = [(row, line) for row, line in enumerate(self.text.split("\n")) if _ORIGIN.match(line)]
        ends = [row for row, _ in marks[1:]] + [self.text.count("\n") + 1]
        theirs = ((row, end) for (row, line), end in zip(marks, ends, strict=False) if "node_modules/" in line)
        return frozenset(row for begin, end in theirs for row in range(begin, end))

    def each(self, *kinds: str) -> Iterator[Node]:
        """Yield every node of the given kinds in the order of the text."""
        found = [node for kind in kinds for node in self.kinds.get(kind, ())]
        yield from sorted(found, key=lambda node: node.start_byte) if len(kinds) > 1 else found

    def text_of(self, node: Node | None) -> str:
        """Return the text of a node."""
        return "" if node is None else self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def value_of(self, node: Node | None) -> Node | None:
        """Return the value of a constant for its name; any other expression is itself."""
        if node is not None and node.type in {"identifier", "shorthand_property_identifier"}:
            node = self.constants.get(self.text_of(node), node)
        while node is not None and node.type in {"as_expression", "satisfies_expression", "parenthesized_expression"}:
            node = node.named_children[0]
        return node

    def line(self, node: Node) -> int:
        """Return the first line of a node, from 1."""
        return node.start_point.row + 1

    def line_of(self, node: Node) -> str:
        """Return the text of the first line of a node."""
        start = node.start_byte - node.start_point.column
        end = self.data.find(b"\n", start)
        return self.data[start : end if end >= 0 else None].decode("utf-8", "replace")

    def column(self, node: Node) -> int:
        """Return the column at which a node starts, from 1, in characters."""
        start = node.start_byte - node.start_point.column
        return len(self.data[start : node.start_byte].decode("utf-8", "replace")) + 1

    def name_of(self, node: Node | None) -> str:
        """Return the dotted name of an expression, imports resolved: `cp.exec` is `child_process.exec`; else empty."""
        return written_name(self, node, self.imports)

    def called(self, node: Node) -> str:
        """Return the dotted name of what a call or a `new` calls; empty for anything else."""
        return self.name_of(node.child_by_field_name("function") or node.child_by_field_name("constructor"))

    def around(self, node: Node) -> Iterator[Node]:
        """Yield the nodes that enclose `node`, the nearest first."""
        while (parent := self.parents.get(node.id)) is not None:
            yield parent
            node = parent

    def function_of(self, node: Node) -> Node | None:
        """Return the innermost function around `node`."""
        return next((up for up in self.around(node) if up.type in CALLABLE), None)

    def function_name(self, node: Node) -> str:
        """Return the name of the innermost function around `node`; empty without one."""
        function = self.function_of(node)
        return "" if function is None else self.text_of(function.child_by_field_name("name"))

    def tool_of(self, node: Node) -> Tool | None:
        """Return the tool in whose handler `node` is."""
        owners = {node.id, *(up.id for up in self.around(node))}
        return next((tool for tool in self.tools if tool.handler is not None and tool.handler.id in owners), None)

    def subject_of(self, node: Node) -> str:
        """Return `tool:NAME` for a node in the handler of a tool with a name; else empty."""
        tool = self.tool_of(node)
        return "" if tool is None else tool.subject


@cache
def _parser(plain: bool) -> Parser:
    import tree_sitter_typescript  # noqa: PLC0415 - both belong to an extra
    from tree_sitter import Language, Parser  # noqa: PLC0415

    grammar = tree_sitter_typescript.language_typescript() if plain else tree_sitter_typescript.language_tsx()
    return Parser(Language(grammar))
