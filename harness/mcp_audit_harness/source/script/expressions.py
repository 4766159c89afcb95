"""What expressions make of a client's values, and which names hold them then."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from .calls import Calls
from .guards import judged
from .syntax import CALLABLE, mark, written
from .values import Kind, Taint, Value

if TYPE_CHECKING:
    from tree_sitter import Node

    from .module import ScriptModule

MOST_STEPS: Final = 150_000
"""Expressions that are looked at in one module; what is beyond is not followed."""
DEEPEST: Final = 120
"""Expressions, statements and calls within each other."""
_JOINING: Final = frozenset({"+", "||", "??", "&&"})


@dataclass
class Scope:
    """What names hold where the walk is."""

    values: dict[str, Value] = field(default_factory=dict)
    checked: dict[str, frozenset[str]] = field(default_factory=dict)
    """What arguments were held against, by their names."""
    ended: set[str] = field(default_factory=set)
    """Lists that hold a `--`: what comes after it is no option."""
    result: Value = None
    """What the function returns."""

    def inner(self) -> Scope:
        """Return a scope that knows all of this one; what it learns, this one does not."""
        return Scope(dict(self.values), dict(self.checked), set(self.ended), self.result)


class Expressions(Calls):
    """The part of the walk that is about expressions."""

    module: ScriptModule
    steps: int
    depth: int

    def _spent(self) -> bool:
        self.steps += 1
        return self.steps > MOST_STEPS

    def bind(self, target: Node, value: Value, scope: Scope) -> None:
        """Give a name, or the names of a pattern, their parts of a value."""
        if self.depth > DEEPEST:
            return
        self.depth += 1
        self._bind(target, value, scope)
        self.depth -= 1

    def _bind(self, target: Node, value: Value, scope: Scope) -> None:
        if target.type in {"object_pattern", "array_pattern"}:
            for item in target.named_children:
                self._bind_part(item, value, scope)
        elif target.type in {"assignment_pattern", "object_assignment_pattern"}:
            left = target.child_by_field_name("left")
            if left is not None:
                self._bind_part(left, value, scope) if target.type[0] == "o" else self.bind(left, value, scope)
        else:
            name = written(self.module, target)
            scope.values[name] = value
            scope.ended.discard(name)

    def _bind_part(self, item: Node, value: Value, scope: Scope) -> None:
        """Bind one item of a pattern."""
        text = self.module.text_of
        if item.type == "shorthand_property_identifier_pattern":
            scope.values[text(item)] = value and value.property(text(item), mark(self.module, item, ""))
        elif item.type == "pair_pattern":
            name, target = text(item.child_by_field_name("key")), item.child_by_field_name("value")
            if target is not None:
                self.bind(target, value and value.property(name, mark(self.module, item, "")), scope)
        elif item.type == "object_assignment_pattern":
            self.bind(item, value, scope)
        elif item.type == "rest_pattern" and item.named_children:
            self.bind(item.named_children[0], value, scope)
        else:
            self.bind(item, value and replace(value, kind=Kind.TEXT), scope)

    def settled(self, condition: Node, scope: Scope, *, refuses: bool = False) -> list[tuple[str, str]]:
        """Return the arguments that a condition is about, each with what it was held against."""
        found = []
        for node, what in judged(self.module, condition, refuses=refuses):
            value = self.value(node, scope, quiet=True)
            if value is not None and value.kind in {Kind.TEXT, Kind.LIST}:
                found.append((value.argument, what))
        return found

    def settle(self, settled: list[tuple[str, str]], scope: Scope) -> None:
        """Remember what arguments were held against."""
        for argument, what in settled:
            scope.checked[argument] = scope.checked.get(argument, frozenset()) | {what}

    def value(self, node: Node | None, scope: Scope, *, quiet: bool = False) -> Value:
        """Return what is known of the value of an expression; calls within it are recorded unless `quiet`."""
        if node is None or self._spent() or self.depth > DEEPEST:
            return None
        quieted, self.quiet = self.quiet, self.quiet or quiet
        self.depth += 1
        try:
            found = self._value(node, scope)
        finally:
            self.depth -= 1
            self.quiet = quieted
        if found is None:
            return None
        checked = scope.checked.get(found.argument, frozenset()) if found.argument else frozenset()
        if "all" in checked:
            return None
        return replace(found, checked=found.checked | checked) if checked - found.checked else found

    def _value(self, node: Node, scope: Scope) -> Value:
        special = getattr(self, f"_of_{node.type}", None)
        if special is not None:
            result: Value = special(node, scope)
            return result
        if node.type in CALLABLE or node.type in {"comment", "string", "number"}:
            return None
        for child in node.named_children:
            self.value(child, scope)
        return None

    def _of_identifier(self, node: Node, scope: Scope) -> Value:
        return scope.values.get(self.module.text_of(node))

    _of_shorthand_property_identifier = _of_identifier

    def _of_member_expression(self, node: Node, scope: Scope) -> Value:
        name = written(self.module, node)
        if name in scope.values:
            return scope.values[name]
        owner = self.value(node.child_by_field_name("object"), scope)
        field_name = node.child_by_field_name("property")
        if owner is None or field_name is None:
            return None
        return owner.property(self.module.text_of(field_name), mark(self.module, field_name, ""))

    def _of_subscript_expression(self, node: Node, scope: Scope) -> Value:
        owner, index = self.value(node.child_by_field_name("object"), scope), node.child_by_field_name("index")
        self.value(index, scope)
        if owner is None or index is None:
            return None
        if index.type == "string":
            return owner.property(self.module.text_of(index)[1:-1], mark(self.module, index, ""))
        return replace(owner, kind=Kind.TEXT, members=()) if owner.kind in {Kind.TEXT, Kind.LIST} else None

    def _of_inner(self, node: Node, scope: Scope) -> Value:
        return self.value(node.named_children[0], scope) if node.named_children else None

    _of_parenthesized_expression = _of_inner
    _of_await_expression = _of_inner
    _of_non_null_expression = _of_inner
    _of_as_expression = _of_inner
    _of_satisfies_expression = _of_inner
    _of_spread_element = _of_inner

    def _of_sequence_expression(self, node: Node, scope: Scope) -> Value:
        values = [self.value(child, scope) for child in node.named_children]
        return values[-1] if values else None

    def _of_template_string(self, node: Node, scope: Scope) -> Value:
        parts = [child for child in node.named_children if child.type != "escape_sequence"]
        found: Value = None
        several = len(parts) > 1
        for index, part in enumerate(parts):
            value = self._of_inner(part, scope) if part.type == "template_substitution" else None
            if value is not None and found is None:
                found = value.part(leads=index == 0) if several else value
        if found is None or not several:
            return found
        return found.noted(mark(self.module, node, "it becomes a part of a text"))

    def _of_binary_expression(self, node: Node, scope: Scope) -> Value:
        left = self.value(node.child_by_field_name("left"), scope)
        right = self.value(node.child_by_field_name("right"), scope)
        operator = self.module.text_of(node.child_by_field_name("operator"))
        if operator not in _JOINING:
            return None
        if operator != "+":
            return left or right
        joined = left.part(leads=True) if left is not None else None if right is None else right.part(leads=False)
        return joined and joined.noted(mark(self.module, node, "it becomes a part of a text"))

    def _of_ternary_expression(self, node: Node, scope: Scope) -> Value:
        condition = node.child_by_field_name("condition")
        inner = scope.inner()
        if condition is not None:
            self.value(condition, scope)
            self.settle(self.settled(condition, scope), inner)
        values = [self.value(node.child_by_field_name(name), inner) for name in ("consequence", "alternative")]
        return values[0] or values[1]

    def _of_assignment_expression(self, node: Node, scope: Scope) -> Value:
        target, expression = node.child_by_field_name("left"), node.child_by_field_name("right")
        value = self.value(expression, scope)
        if target is not None:
            self.bind(target, value, scope)
        return value

    def _of_augmented_assignment_expression(self, node: Node, scope: Scope) -> Value:
        target = node.child_by_field_name("left")
        before, added = self.value(target, scope), self.value(node.child_by_field_name("right"), scope)
        joined = before or (added and added.part(leads=False))
        if target is not None and joined is not None:
            self.bind(target, joined, scope)
        return joined

    def _of_object(self, node: Node, scope: Scope) -> Value:
        members: list[tuple[str, Taint]] = []
        spread: Value = None
        for child in node.named_children:
            pair = child.type == "pair"
            value = self.value(child.child_by_field_name("value") if pair else child, scope)
            name = self.module.text_of(child.child_by_field_name("key") if pair else child).strip("'\"")
            if value is not None and child.type == "spread_element":
                spread = value
            elif value is not None:
                members.append((name, value))
        if members:
            first = members[0][1]
            return replace(first, kind=Kind.TEXT, whole=False, members=tuple(members))
        return spread

    def _of_array(self, node: Node, scope: Scope) -> Value:
        return self.listed(tuple(child for child in node.named_children if child.type != "comment"), scope)
