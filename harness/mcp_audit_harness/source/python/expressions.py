"""What expressions make of a client's values."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from .guards import refine
from .members import element, of_chosen, several
from .scopes import Scopes
from .syntax import Function
from .texts import interpolated
from .values import (
    AS_PATH,
    AS_TEXT,
    CHOSEN,
    NOTHING,
    UNKNOWN,
    State,
    Value,
    joint,
    listed,
    merged,
    written,
)

if TYPE_CHECKING:
    from .module import PythonModule

_PATH: Final = "pathlib.Path"
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Evaluator(ABC):
    """Tells what the expressions of a module are, one after the other as the program would compute them."""

    def __init__(self, module: "PythonModule", scopes: Scopes) -> None:
        self.module = module
        self.scopes = scopes
        self.stack: list[Function] = []
        """The functions that are being followed, the innermost last."""
        self.dispatched: frozenset[str] = frozenset()
        """The argument by which the handler chooses a tool."""

    @abstractmethod
    def called(self, node: ast.Call, state: State) -> str:
        """Return the name of what is called."""

    @abstractmethod
    def call(self, node: ast.Call, state: State) -> Value:
        """Return what a call returns."""

    def value(self, node: ast.expr | None, state: State) -> Value:
        """Return what an expression is; what is called in it is followed."""
        if node is None:
            return NOTHING
        method = self._METHODS.get(type(node))
        if method is not None:
            found: Value = method(self, node, state)
            return found
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, state)
        return NOTHING

    def values(self, nodes: Sequence[ast.expr], state: State) -> list[Value]:
        """Return what several expressions are, those with a star unpacked."""
        found: list[Value] = []
        for node in nodes:
            value = self.value(node.value if isinstance(node, ast.Starred) else node, state)
            if isinstance(node, ast.Starred):
                found.extend(value.items if value.items is not None else several(value))
            else:
                found.append(value)
        return found

    def _constant(self, node: ast.Constant, state: State) -> Value:  # noqa: ARG002 - one signature for all
        return written(str(node.value)) if isinstance(node.value, str | int) else NOTHING

    def _name(self, node: ast.Name, state: State) -> Value:
        known = state.names.get(node.id)
        return known if known is not None else self.scopes.ambient(node.id, self.stack[-1])

    def _attribute(self, node: ast.Attribute, state: State) -> Value:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            key = f"self.{node.attr}"
            return state.names[key] if key in state.names else self.scopes.ambient(key, self.stack[-1])
        owner = self.value(node.value, state)
        known = owner.member(node.attr)
        if known is not None:
            return known
        if owner.origins:
            return of_chosen(self.scopes, owner, node.attr, node)
        name = owner.of or self.module.name_of(node.value)
        text = self.scopes.constant_of(name, node.attr)
        if node.attr == "value" and isinstance(node.value, ast.Attribute):
            return owner
        return written(text) if text is not None else Value(of=f"{name}.{node.attr}" if name else "")

    def _subscript(self, node: ast.Subscript, state: State) -> Value:
        owner = self.value(node.value, state)
        key = node.slice
        if isinstance(key, ast.Constant):
            if isinstance(key.value, str) and (known := owner.member(key.value)) is not None:
                return known
            if isinstance(key.value, str) and owner.holder:
                return of_chosen(self.scopes, owner, key.value, node)
            if isinstance(key.value, int) and owner.items and -len(owner.items) <= key.value < len(owner.items):
                return owner.items[key.value]
        else:
            self.value(key, state)
        if not isinstance(key, ast.Slice):
            return owner.part() if owner.origins else Value(of=f"{owner.of}[]" if owner.of else "")
        return replace(owner, items=None, template=CHOSEN) if owner.origins else NOTHING

    def _joined(self, node: ast.JoinedStr, state: State) -> Value:
        return joint([self.value(part, state) for part in node.values]).step(node, AS_TEXT)

    def _formatted(self, node: ast.FormattedValue, state: State) -> Value:
        value = self.value(node.value, state)
        template = value.template if value.items is None else UNKNOWN
        return replace(value, template=template if not value.origins else value.template or CHOSEN, of="", items=None)

    def _binary(self, node: ast.BinOp, state: State) -> Value:
        left, right = self.value(node.left, state), self.value(node.right, state)
        if isinstance(node.op, ast.Add):
            if left.items is not None and right.items is not None:
                return listed((*left.items, *right.items))
            if left.items is not None and right.origins:
                return listed((*left.items, *several(right)))
            return joint((left, right)).step(node, AS_TEXT)
        if isinstance(node.op, ast.Mod) and left.text is not None:
            return interpolated(left, right).step(node, AS_TEXT)
        if isinstance(node.op, ast.Div) and (left.origins or right.origins):
            path = joint((left, written("/"), right), of=_PATH)
            return replace(path, joined=True).step(node, AS_PATH)
        if isinstance(node.op, ast.Div):
            return Value(of=_PATH if left.of.startswith(_PATH) else "")
        return joint((left, right), UNKNOWN) if isinstance(node.op, ast.Mod | ast.BitOr) else NOTHING

    def _choice(self, node: ast.BoolOp, state: State) -> Value:
        inner, found = state.copy(), NOTHING
        for index, part in enumerate(node.values):
            value = inner.seen(self.value(part, inner))
            found = merged(found, value) if index else value
            refine(self, part, inner, truth=isinstance(node.op, ast.And))
        return found

    def _conditional(self, node: ast.IfExp, state: State) -> Value:
        self.value(node.test, state)
        yes, no = state.copy(), state.copy()
        refine(self, node.test, yes, truth=True)
        refine(self, node.test, no, truth=False)
        return merged(yes.seen(self.value(node.body, yes)), no.seen(self.value(node.orelse, no)))

    def _list(self, node: ast.List | ast.Tuple | ast.Set, state: State) -> Value:
        return listed(self.values(node.elts, state))

    def _dict(self, node: ast.Dict, state: State) -> Value:
        members: list[tuple[str, Value]] = []
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item, state)
            if key is None:
                members.extend(value.members)
            name = self.value(key, state).text if key is not None else None
            if name is not None:
                members.append((name, value))
        return Value(members=tuple(members))

    def _comprehension(self, node: Comprehension, state: State) -> Value:
        inner = state.copy()
        self.comprehend(node, inner)
        if isinstance(node, ast.DictComp):
            self.value(node.key, inner)
            return listed(several(inner.seen(self.value(node.value, inner))))
        found = inner.seen(self.value(node.elt, inner))
        return listed((found, found))

    def comprehend(self, node: Comprehension, state: State) -> None:
        """Bind the names of a comprehension, and take its conditions as checks."""
        for generator in node.generators:
            self.bind(generator.target, element(self.value(generator.iter, state)), state)
            for test in generator.ifs:
                self.value(test, state)
                refine(self, test, state, truth=True)

    def bind(self, target: ast.expr, value: Value, state: State) -> None:
        """Give a value to a name, an attribute, an element, or several of them."""
        if isinstance(target, ast.Name):
            state.names[target.id] = value.step(target, f"goes into `{target.id}`")
        elif isinstance(target, ast.Tuple | ast.List):
            known = value.items if value.items is not None and len(value.items) == len(target.elts) else None
            for index, item in enumerate(target.elts):
                self.bind(item, known[index] if known is not None else value.part(), state)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value, state)
        elif isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self":
            state.names[f"self.{target.attr}"] = value.step(target, f"goes into `self.{target.attr}`")
        elif isinstance(target, ast.Subscript | ast.Attribute) and isinstance(target.value, ast.Name):
            name = target.attr if isinstance(target, ast.Attribute) else self.value(target.slice, state).text
            owner = self.value(target.value, state)
            if name is not None:
                rest = tuple(item for item in owner.members if item[0] != name)
                state.names[target.value.id] = replace(owner, members=(*rest, (name, value)))

    def _named(self, node: ast.NamedExpr, state: State) -> Value:
        value = self.value(node.value, state)
        self.bind(node.target, value, state)
        return value

    def _inner(self, node: ast.Await | ast.Starred | ast.YieldFrom, state: State) -> Value:
        return self.value(node.value, state)

    def _lambda(self, node: ast.Lambda, state: State) -> Value:
        inner = state.copy()
        inner.names.update({item.arg: NOTHING for item in node.args.args})
        return self.value(node.body, inner)

    _METHODS: ClassVar[dict[type[ast.expr], Callable[..., Any]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.JoinedStr: _joined,
        ast.FormattedValue: _formatted,
        ast.BinOp: _binary,
        ast.BoolOp: _choice,
        ast.IfExp: _conditional,
        ast.List: _list,
        ast.Tuple: _list,
        ast.Set: _list,
        ast.Dict: _dict,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.DictComp: _comprehension,
        ast.NamedExpr: _named,
        ast.Await: _inner,
        ast.Starred: _inner,
        ast.YieldFrom: _inner,
        ast.Lambda: _lambda,
        ast.Call: lambda self, node, state: self.call(node, state),
    }
