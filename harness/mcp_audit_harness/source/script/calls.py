"""What calls do to a client's values: those of the module are followed, a few others are known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from .foreign import PARSING, SAME_TEXT, Called, returned
from .guards import KEEPING, judges
from .syntax import CALLABLE, arguments, mark, string, written
from .values import Arrival, Kind, Value

if TYPE_CHECKING:
    from tree_sitter import Node

    from .expressions import Scope
    from .module import ScriptModule
    from .tools import Tool

_GROWING: Final = frozenset({"push", "unshift"})


class Calls(ABC):
    """The part of the walk that is about calls."""

    module: ScriptModule
    tool: Tool
    found: dict[int, Arrival]
    known: dict[tuple[int, str], Value]
    open: set[int]
    quiet: bool = False

    @abstractmethod
    def run(self, function: Node, given: list[Value], scope: Scope) -> Value:
        """Walk a function."""

    @abstractmethod
    def value(self, node: Node | None, scope: Scope, *, quiet: bool = False) -> Value:
        """Return what is known of an expression."""

    @abstractmethod
    def settled(self, condition: Node, scope: Scope, *, refuses: bool = False) -> list[tuple[str, str]]:
        """Return what a condition settles."""

    @abstractmethod
    def settle(self, settled: list[tuple[str, str]], scope: Scope) -> None:
        """Remember it."""

    def _of_call_expression(self, node: Node, scope: Scope) -> Value:
        function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or given is None:
            return None
        if given.type == "template_string":  # a tagged template: the tag sees the parts, and quotes them as it must
            self.value(given, scope)
            return None
        owner = function.child_by_field_name("object") if function.type == "member_expression" else None
        receiver = self.value(owner, scope)
        name, method = self.module.called(node), self._method(function)
        items = arguments(node)
        values = self._values(items, scope)
        self._record(node, name, values, receiver)
        local = self._local(function)
        result = self._followed(local, node, values, scope) if local is not None else None
        self._callbacks(items, method, receiver, scope)
        if judges(method) and method not in PARSING:
            self._believe(items, values, scope)
            return None
        if local is not None:
            return result
        if method in _GROWING:
            return self._pushed(node, scope)
        return returned(self.module, Called(node, name, method, values, receiver))

    def _of_new_expression(self, node: Node, scope: Scope) -> Value:
        items = arguments(node)
        values = self._values(items, scope)
        name = self.module.called(node)
        self._record(node, name, values, None)
        self._callbacks(items, "", None, scope)
        return values[0] if name in KEEPING and values else None

    def _values(self, items: tuple[Node, ...], scope: Scope) -> tuple[Value, ...]:
        """Return what is known of arguments; functions among them are walked as callbacks."""
        return tuple(None if item.type in CALLABLE else self.value(item, scope) for item in items)

    def _method(self, function: Node) -> str:
        name = self.module.text_of(function.child_by_field_name("property")) or self.module.name_of(function)
        return name.rpartition(".")[2]

    def _record(self, node: Node, name: str, values: tuple[Value, ...], receiver: Value) -> None:
        """Keep a call that a client's value reaches; of several ways to it the most open one."""
        arrival = Arrival(node, name, values, receiver, self.tool)
        known = self.found.get(node.id)
        if not self.quiet and arrival.held and (known is None or arrival.openness > known.openness):
            self.found[node.id] = arrival

    def _local(self, function: Node) -> Node | None:
        """Return the function of this module that is called, if it is one."""
        name = written(self.module, function)
        owner, _, last = name.rpartition(".")
        plain = not owner or owner == "this" or owner[:1].isupper() or owner.startswith("this.")
        if not plain or (not owner and self.module.imports.get(last, last) != last):
            return None
        return self.module.functions.get(last)

    def _followed(self, function: Node, call: Node, values: tuple[Value, ...], scope: Scope) -> Value:
        """Walk the function that is called, and return what it returns."""
        if not any(value is not None for value in values) and not self._encloses(function, scope):
            return None
        handed = mark(self.module, call, f"it is handed to `{self._method(call.named_children[0])}`")
        plain = {Kind.TEXT, Kind.LIST}
        given = [value.noted(handed) if value is not None and value.kind in plain else value for value in values]
        key = function.id, repr([value and replace(value, trail=()) for value in given])
        if key in self.known or function.id in self.open:
            return self.known.get(key)
        inner = scope.inner()
        inner.result = None
        if not self._encloses(function, scope):
            inner.values = {}
        self.open.add(function.id)
        try:
            result = self.run(function, given, inner)
        finally:
            self.open.discard(function.id)
        scope.checked |= inner.checked
        self.known[key] = result
        return result

    def _encloses(self, function: Node, scope: Scope) -> bool:
        """Whether a function is written within the handler of the tool, and sees what that one holds."""
        handler = self.tool.handler
        within = handler is not None and handler.start_byte < function.start_byte < handler.end_byte
        return within and bool(scope.values)

    def _callbacks(self, items: tuple[Node, ...], method: str, receiver: Value, scope: Scope) -> None:
        """Walk functions that are written as arguments: they are taken to be called."""
        element = None if receiver is None else replace(receiver, kind=Kind.TEXT, members=())
        for item in items:
            if item.type in CALLABLE:
                inner = scope.inner()
                inner.result = None
                self.run(item, [element] if method in SAME_TEXT | {"forEach", "some", "every"} else [], inner)

    def _believe(self, items: tuple[Node, ...], values: tuple[Value, ...], scope: Scope) -> None:
        """Take what was given to a function that judges for checked from here on; a whole object is not."""
        for item, value in zip(items, values, strict=True):
            if value is not None and value.kind in {Kind.TEXT, Kind.LIST} and not value.members:
                self.settle([(value.argument, "all")], scope)
            self.settle(self.settled(item, scope), scope)  # of `assert(allowed.includes(x))`

    def _pushed(self, node: Node, scope: Scope) -> Value:
        """Add what is pushed to what is known of a list."""
        owner = node.named_children[0].child_by_field_name("object")
        name = "" if owner is None else written(self.module, owner)
        items = arguments(node)
        value = self.listed(items, scope)
        if value is not None and name:
            if name in scope.ended:
                value = replace(value, leads=False)
            before = scope.values.get(name)
            scope.values[name] = value if before is None or not before.leads else before
        if any(string(self.module, item) == "--" for item in items):
            scope.ended.add(name)
        return None

    def listed(self, items: tuple[Node, ...], scope: Scope) -> Value:
        """Return what is known of a list: its first element that can become an option, else any of a client's."""
        found: Value = None
        ended = option = False
        for item in items:
            said = string(self.module, item)
            value = self.value(item, scope)
            if value is not None:
                leads = value.leads and not ended and not option
                if found is None or (leads and not found.leads):
                    found = replace(value, kind=Kind.LIST, leads=leads, members=())
            ended = ended or said == "--"
            spread = item.type == "spread_element" and self.module.text_of(item)[3:] in scope.ended
            ended = ended or spread
            option = said is not None and said.startswith("-")
        return found
