"""The ways of a client's values through one module: from the parameters of its tools to the calls that get them.

Statements are read in their order, both branches of a condition, loops once; calls of functions of the module are
followed. What is held against a list, a form or a constant counts as checked from there on, and so does what is given
to a function whose name says that it judges. Whatever cannot be followed is taken to be harmless: the walk errs on the
side of silence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from .expressions import DEEPEST, Expressions, Scope
from .guards import addresses, ends, harmless_members, is_plain_type
from .syntax import CALLABLE, bare, mark, parameters, pattern
from .tools import checkers_of
from .values import Arrival, Kind, Taint, Value

if TYPE_CHECKING:
    from tree_sitter import Node

    from .module import ScriptModule
    from .tools import Tool

_STATEMENTS_WITH_OWN_SCOPE: Final = frozenset({"switch_case", "switch_default"})


def arrivals_of(module: ScriptModule) -> tuple[Arrival, ...]:
    """Return the calls that a client's value reaches from any tool of the module, in the order of the text.

    After them, and only where no tool comes, the functions that judge paths are walked.
    """
    found: dict[int, Arrival] = {}
    steps = 0
    for tool in (*module.tools, *checkers_of(module)):
        if tool.handler is not None:
            walk = Walk(module, tool, found, steps)
            walk.enter(tool)
            steps = walk.steps
    return tuple(sorted(found.values(), key=lambda item: item.node.start_byte))


class Walk(Expressions):
    """The walk from one tool."""

    def __init__(self, module: ScriptModule, tool: Tool, found: dict[int, Arrival], steps: int) -> None:
        self.module = module
        self.tool = tool
        self.found = found
        self.steps = steps
        self.depth = 0
        self.known: dict[tuple[int, str], Value] = {}
        self.open: set[int] = set()

    def enter(self, tool: Tool) -> None:
        """Walk the handler of the tool."""
        assert tool.handler is not None  # noqa: S101 - the caller asked
        kind = Kind.REQUEST if tool.dispatches else Kind.ARGUMENTS
        start = Taint(kind, (), harmless=harmless_members(self.module, tool.schema))
        start = replace(start, addresses=addresses(self.module, tool.schema))
        if tool.checks:
            start = Taint(Kind.TEXT, (), "path", path=True)
        given = [start if index == tool.argument else None for index in range(len(parameters(tool.handler)))]
        self.run(tool.handler, given, Scope())

    def run(self, function: Node, given: list[Value], scope: Scope) -> Value:
        """Walk the body of a function that gets the values, and return what it returns."""
        for parameter, value in zip(parameters(function), given, strict=False):
            annotation = self.module.text_of(parameter.child_by_field_name("type"))
            self.bind(pattern(parameter), None if is_plain_type(annotation) else value, scope)
        body = function.child_by_field_name("body")
        if body is None:
            return None
        if body.type != "statement_block":
            return self.value(body, scope)
        self.walk(body, scope)
        return scope.result

    def walk(self, node: Node, scope: Scope) -> None:
        """Walk statements."""
        if self._spent() or self.depth > DEEPEST:
            return
        self.depth += 1
        try:
            self._walk(node, scope)
        finally:
            self.depth -= 1

    def _walk(self, node: Node, scope: Scope) -> None:
        if node.type in CALLABLE or node.type in {"class_declaration", "comment", "import_statement"}:
            return
        special = getattr(self, f"_at_{node.type}", None)
        if special is not None:
            special(node, scope)
            return
        for child in node.named_children:
            if child.type.endswith(("_statement", "_declaration", "_clause", "_block", "_body", "_case", "_default")):
                self.walk(child, scope.inner() if child.type in _STATEMENTS_WITH_OWN_SCOPE else scope)
            elif child.type == "variable_declarator":
                self.walk(child, scope)
            else:
                self.value(child, scope)

    def _at_variable_declarator(self, node: Node, scope: Scope) -> None:
        target, expression = node.child_by_field_name("name"), node.child_by_field_name("value")
        if target is None or (expression is not None and bare(expression).type in CALLABLE):
            return
        value = self.value(expression, scope)
        if value is not None and target.type == "identifier" and value.kind in {Kind.TEXT, Kind.LIST}:
            value = value.noted(mark(self.module, node, f"it is kept as `{self.module.text_of(target)}`"))
        self.bind(target, value, scope)
        if expression is not None and '"--"' in self.module.text_of(expression).replace("'", '"'):
            scope.ended.add(self.module.text_of(target))

    def _at_return_statement(self, node: Node, scope: Scope) -> None:
        for child in node.named_children:
            value = self.value(child, scope)
            scope.result = scope.result or value

    def _at_if_statement(self, node: Node, scope: Scope) -> None:
        condition = node.child_by_field_name("condition")
        body, other = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        leaves = ends(body)
        settled = [] if condition is None else self.settled(condition, scope, refuses=leaves)
        if condition is not None:
            self.value(condition, scope)
        before = dict(scope.checked)
        if not leaves:
            self.settle(settled, scope)
        if body is not None:
            self._branch(body, scope)
        scope.checked = {**before, **scope.checked} if leaves else before
        if leaves:
            self.settle(settled, scope)
        if other is not None:
            self._branch(other, scope)

    def _branch(self, node: Node, scope: Scope) -> None:
        """Walk what may not be run: what it makes harmless stays what it was, what it makes a client's is one."""
        inner = Scope(dict(scope.values), scope.checked, scope.ended, scope.result)
        self.walk(node, inner)
        scope.result = inner.result
        scope.values |= {
            name: value for name, value in inner.values.items() if value is not None or name not in scope.values
        }

    def _at_for_in_statement(self, node: Node, scope: Scope) -> None:
        target, source = node.child_by_field_name("left"), node.child_by_field_name("right")
        value = self.value(source, scope)
        if target is not None:
            self.bind(target, value if value is None else replace(value, kind=Kind.TEXT, members=()), scope)
        body = node.child_by_field_name("body")
        if body is not None:
            self.walk(body, scope)
