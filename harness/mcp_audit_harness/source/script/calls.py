"""What calls do to a client's values: those of the module are followed, a few others are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from .guards import HARMLESS, KEEPING, addresses, harmless_members, judges
from .syntax import CALLABLE, arguments, string, written
from .values import Arrival, Kind, Taint, Value

if TYPE_CHECKING:
    from tree_sitter import Node

    from ..rules import Mark
    from .expressions import Scope
    from .module import ScriptModule
    from .tools import Tool

_PARSES: Final = frozenset({"parse", "safeParse", "parseAsync", "safeParseAsync"})
_PATHS: Final = frozenset({"path.join", "path.resolve", "path.normalize", "path.dirname", "path.relative"})
_SAME_TEXT: Final = frozenset(
    [
        "trim",
        "trimStart",
        "trimEnd",
        "toLowerCase",
        "toUpperCase",
        "toString",
        "valueOf",
        "slice",
        "substring",
        "substr",
        "split",
        "replace",
        "replaceAll",
        "concat",
        "join",
        "map",
        "filter",
        "flatMap",
        "flat",
        "sort",
        "reverse",
        "at",
        "shift",
        "pop",
        "padStart",
        "padEnd",
        "repeat",
        "normalize",
        "then",
        "values",
        "entries",
        "reduce",
        "find",
    ]
)
"""Methods whose result holds what they were called on."""
_FEWEST: Final = 2


class Calls:
    """The part of the walk that is about calls."""

    module: ScriptModule
    tool: Tool
    found: dict[int, Arrival]
    known: dict[tuple[int, str], Value]
    open: set[int]
    quiet: bool = False

    def run(self, function: Node, given: list[Value], scope: Scope) -> Value:
        """Walk a function."""
        raise NotImplementedError

    def value(self, node: Node | None, scope: Scope, *, quiet: bool = False) -> Value:
        """Return what is known of an expression."""
        raise NotImplementedError

    def mark(self, node: Node, note: str) -> Mark:
        """Return a stop at a node."""
        raise NotImplementedError

    def settled(self, condition: Node, scope: Scope, *, refuses: bool = False) -> list[tuple[str, str]]:
        """Return what a condition settles."""
        raise NotImplementedError

    def settle(self, settled: list[tuple[str, str]], scope: Scope) -> None:
        """Remember it."""
        raise NotImplementedError

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
        values = [None if item.type in CALLABLE else self.value(item, scope) for item in items]
        self._record(node, name, tuple(values), receiver)
        local = self._local(function)
        result = self._followed(local, node, values, scope) if local is not None else None
        self._callbacks(items, method, receiver, scope)
        if judges(method) and method not in _PARSES:
            self._believe(items, values, scope)
            return None
        if local is not None:
            return result
        return self._known_result(node, name, method, values, receiver, scope)

    def _of_new_expression(self, node: Node, scope: Scope) -> Value:
        items = arguments(node)
        values = [None if item.type in CALLABLE else self.value(item, scope) for item in items]
        name = self.module.called(node)
        self._record(node, name, tuple(values), None)
        self._callbacks(items, "", None, scope)
        return values[0] if name in KEEPING and values else None

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

    def _followed(self, function: Node, call: Node, values: list[Value], scope: Scope) -> Value:
        """Walk the function that is called, and return what it returns."""
        if not any(value is not None for value in values) and not self._encloses(function, scope):
            return None
        given = [
            None
            if value is None
            else value
            if value.kind in {Kind.REQUEST, Kind.PARAMS, Kind.ARGUMENTS}
            else value.noted(self.mark(call, f"it is handed to `{self._method(call.named_children[0])}`"))
            for value in values
        ]
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
                self.run(item, [element] if method in _SAME_TEXT | {"forEach", "some", "every"} else [], inner)

    def _believe(self, items: tuple[Node, ...], values: list[Value], scope: Scope) -> None:
        """Take what was given to a function that judges for checked from here on; a whole object is not."""
        for item, value in zip(items, values, strict=True):
            if value is not None and value.kind in {Kind.TEXT, Kind.LIST} and not value.members:
                self.settle([(value.argument, "all")], scope)
            self.settle(self.settled(item, scope), scope)  # of `assert(allowed.includes(x))`

    def _known_result(
        self, node: Node, name: str, method: str, values: list[Value], receiver: Value, scope: Scope
    ) -> Value:
        """Return the result of a function that is not of this module."""
        first = next((value for value in values if value is not None), None)
        if name in HARMLESS or name == "path.basename":
            return None if name in HARMLESS else first and replace(first, checked=first.checked | {"path"})
        if name in _PATHS:
            return self._path(node, name, values)
        if name in KEEPING:
            return first and (replace(first, real=True) if "realpath" in name else first)
        if method in _PARSES and first is not None:
            owner = node.named_children[0].child_by_field_name("object")
            parsed = replace(first, harmless=first.harmless | harmless_members(self.module, owner))
            parsed = replace(parsed, addresses=first.addresses | addresses(self.module, owner))
            return replace(parsed, members=(("data", parsed),)) if method.startswith("safe") else parsed
        if method in {"push", "unshift"}:
            return self._pushed(node, scope)
        if receiver is not None and method in _SAME_TEXT:
            return self._same(node, method, receiver)
        return first if method == "concat" else None

    def _path(self, node: Node, name: str, values: list[Value]) -> Value:
        for index, value in enumerate(values):
            if value is not None:
                part = value.part(leads=index == 0 or name == "path.resolve")
                whole = len(values) == 1 and value.whole
                noted = part.noted(self.mark(node, f"`{name}` makes a path of it"))
                return replace(noted, path=name != "path.dirname" or value.path, whole=whole)
        return None

    def _same(self, node: Node, method: str, receiver: Taint) -> Value:
        """Return what a method of a text or a list leaves of it; replacing a class of characters cleans it."""
        items = arguments(node)
        if method.startswith("replace") and items:
            said = self.module.text_of(items[0])
            if items[0].type == "regex" and ("[^" in said or "'" in said or "\\.\\." in said or "\\W" in said):
                return None
            if string(self.module, items[0]) in {"..", "../", "'"}:
                return None
        kind = Kind.LIST if method in {"split", "map", "filter", "flatMap"} else Kind.TEXT
        words = method == "split" and items and self.module.text_of(items[0]).strip("\"'`/") in {" ", "\\s+", "\\s"}
        leads = receiver.leads or bool(words)  # any word of the text can begin with what the client chose
        return replace(receiver, kind=kind, members=(), whole=receiver.whole and method != "join", leads=leads)

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
