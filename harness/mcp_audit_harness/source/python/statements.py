"""What statements do to what is known, one after the other, on every way through a function."""

import ast
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from .calling import Caller
from .guards import refine
from .members import element
from .module import PythonModule
from .scopes import Scopes
from .values import State, merged


class Follower(Caller):
    """Goes through functions, statement by statement."""

    def __init__(self, module: PythonModule, scopes: Scopes) -> None:
        super().__init__(module, scopes)
        self._loops: list[list[State]] = []

    @abstractmethod
    def leave(self, node: ast.Return, state: State) -> None:
        """Note how a function returns."""

    def run(self, body: Sequence[ast.stmt], state: State) -> State | None:
        """Go through statements; return the state after the last, None if none of the ways gets there."""
        current: State | None = state
        for statement in body:
            if current is None:
                return None
            method = self._METHODS_OF_STATEMENTS.get(type(statement))
            if method is not None:
                current = method(self, statement, current)
        return current

    def _assign(self, node: ast.Assign, state: State) -> State:
        found = self.value(node.value, state)
        for target in node.targets:
            self.bind(target, found, state)
        return state

    def _annotated(self, node: ast.AnnAssign, state: State) -> State:
        if node.value is not None:
            self.bind(node.target, self.value(node.value, state), state)
        return state

    def _augmented(self, node: ast.AugAssign, state: State) -> State:
        if isinstance(node.target, ast.Name):
            before = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
            both = ast.copy_location(ast.BinOp(left=before, op=node.op, right=node.value), node)
            self.bind(node.target, self.value(both, state), state)
        else:
            self.value(node.value, state)
        return state

    def _return(self, node: ast.Return, state: State) -> None:
        self.leave(node, state)

    def _raise(self, node: ast.Raise, state: State) -> None:
        self.value(node.exc, state)
        self.value(node.cause, state)

    def _expression(self, node: ast.Expr, state: State) -> State:
        self.value(node.value, state)
        return state

    def _assert(self, node: ast.Assert, state: State) -> State:
        self.value(node.test, state)
        refine(self, node.test, state, truth=True)
        return state

    def _jump(self, node: ast.Break | ast.Continue, state: State) -> None:  # noqa: ARG002 - one signature for all
        if self._loops:
            self._loops[-1].append(state)

    def _if(self, node: ast.If, state: State) -> State | None:
        after: State | None = None
        while True:  # not by recursion: a dispatcher has an `elif` for each of its tools
            self.value(node.test, state)
            yes = state.copy()
            refine(self, node.test, yes, truth=True)
            refine(self, node.test, state, truth=False)
            after = either(after, self.run(node.body, yes))
            match node.orelse:
                case [ast.If() as node]:
                    continue
                case rest:
                    return either(after, self.run(rest, state))

    def _for(self, node: ast.For | ast.AsyncFor, state: State) -> State | None:
        self.bind(node.target, element(self.value(node.iter, state)), state)
        return self._loop(node, state)

    def _while(self, node: ast.While, state: State) -> State | None:
        self.value(node.test, state)
        refine(self, node.test, state, truth=True)
        return self._loop(node, state)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, state: State) -> State | None:
        """Go through a body once; what it checks counts as checked, for every element is."""
        before = state.copy()
        self._loops.append([])
        after = self.run(node.body, state)
        for left in self._loops.pop():
            after = either(after, left)
        if after is None:
            return self.run(node.orelse, before)
        for name, value in before.names.items():
            after.names[name] = merged(after.names[name], value) if name in after.names else value
        return self.run(node.orelse, after)

    def _with(self, node: ast.With | ast.AsyncWith, state: State) -> State | None:
        for item in node.items:
            found = self.value(item.context_expr, state)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, found, state)
        return self.run(node.body, state)

    def _try(self, node: ast.Try | ast.TryStar, state: State) -> State | None:
        before = state.copy()
        after = self.run([*node.body, *node.orelse], state)
        for handler in node.handlers:
            start = before.copy()
            for name, value in (after.names if after is not None else {}).items():
                start.names.setdefault(name, value)
            after = either(after, self.run(handler.body, start))
        return self.run(node.finalbody, after if after is not None else before) if node.finalbody else after

    def _match(self, node: ast.Match, state: State) -> State | None:
        self.value(node.subject, state)
        after: State | None = state.copy()
        for case in node.cases:
            inner = state.copy()
            if isinstance(case.pattern, ast.MatchValue):
                equal = ast.Compare(left=node.subject, ops=[ast.Eq()], comparators=[case.pattern.value])
                refine(self, ast.copy_location(equal, node.subject), inner, truth=True)
            elif isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
                after = None  # whatever is left comes here
            if case.guard is not None:
                self.value(case.guard, inner)
                refine(self, case.guard, inner, truth=True)
            after = either(after, self.run(case.body, inner))
        return after

    _METHODS_OF_STATEMENTS: ClassVar[dict[type[ast.stmt], Callable[..., Any]]] = {
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Expr: _expression,
        ast.Assert: _assert,
        ast.Break: _jump,
        ast.Continue: _jump,
        ast.If: _if,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.While: _while,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.Match: _match,
    }


def either(one: State | None, other: State | None) -> State | None:
    """Return what is known after one of two ways; None if neither comes to its end."""
    if one is None or other is None:
        return one or other
    one.join(other)
    return one
