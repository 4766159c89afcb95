"""Follows the values that a client chooses from the handlers of a module to every call that is handed one.

What is dangerous where is knowledge of the rules; here it is only told what arrives, by which way, and what is checked.
"""

import ast
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Final

from .arrivals import Arrival, Given
from .guards import refine
from .handlers import Handler, entering, handlers_of
from .members import TOOL, of_chosen
from .module import PythonModule
from .sanitizers import says_it_checks
from .scopes import Scopes
from .statements import Follower
from .syntax import Function
from .values import EVERY, NOTHING, Danger, State, Value, argument, joint, merged

DEEPEST: Final = 6
"""How many functions of the module are entered one from another."""
MOST_ENTERED: Final = 1_500
"""How often functions are entered in one module; beyond, calls are taken for unknown ones."""
_PATHLIKE: Final = re.compile(r"path|file|dir|folder|name|target|uri", re.IGNORECASE)
_OF_PATHS: Final = re.compile(r"path|file|dir|root|within|inside", re.IGNORECASE)


@lru_cache(maxsize=4)
def arrivals_of(module: PythonModule) -> tuple[Arrival, ...]:
    """Return every call of the module that is handed something which a client chose."""
    scopes = Scopes(module)
    walker = Walker(module, scopes)
    entered: set[Function] = set()
    for handler in handlers_of(module, scopes):
        entered |= walker.follow(handler, entering(scopes, handler))
    for function in module.functions:
        if function not in entered and _checks_paths(module, function):
            names = tuple(item.arg for item in function.args.args if _PATHLIKE.search(item.arg))[:1]
            values = {name: argument(name, function, f"`{name}` is to be checked") for name in names}
            walker.follow(Handler(function, "", names, checks=True), values)
    return tuple(walker.arrivals.values())


def _checks_paths(module: PythonModule, function: Function) -> bool:
    """Return whether it is a check of paths by its name, and nobody in the module resolves the path before."""
    if not says_it_checks(function.name) or not _OF_PATHS.search(function.name):
        return False
    calls = (call for call in module.each(ast.Call) if module.called(call).rpartition(".")[2] == function.name)
    callers = {caller for call in calls if (caller := module.function_of(call)) is not None}
    inside = (
        module.called(node) or getattr(getattr(node, "func", None), "attr", "")
        for up in callers
        for node in ast.walk(up)
    )
    return not any(name.rpartition(".")[2] in {"resolve", "realpath"} for name in inside)


class Walker(Follower):
    """Goes through handlers, statement by statement."""

    def __init__(self, module: PythonModule, scopes: Scopes) -> None:
        super().__init__(module, scopes)
        self.arrivals: dict[tuple[ast.AST, str], Arrival] = {}
        self._handler: Handler
        self._returned: list[list[tuple[Value, State]]] = []
        self._known: dict[object, tuple[Value, State | None]] = {}
        self._reached: set[Function] = set()
        self._count = 0

    def follow(self, handler: Handler, values: dict[str, Value]) -> set[Function]:
        """Follow the values through a handler; return the functions that were entered on the way."""
        self._handler, self._known, self._reached = handler, {}, {handler.function}
        self.dispatched = frozenset({TOOL, *handler.arguments[:1]}) if handler.dispatches else frozenset()
        with suppress(RecursionError):  # of expressions nested deeper than anybody writes them; what was found stays
            self._body(handler.function, State(dict(values), subject=handler.subject))
        self.stack, self._returned, self._loops = [], [], []
        return self._reached

    def _body(self, function: Function, state: State) -> tuple[Value, State | None]:
        """Return what a function returns, and the state when it does; None if it never does."""
        self.stack.append(function)
        self._returned.append([])
        left = self.run(function.body, state)
        self.stack.pop()
        exits = self._returned.pop()
        if left is not None:
            exits.append((NOTHING, left))
        if not exits:
            return NOTHING, None
        found, after = exits[0][0], exits[0][1]
        limited = {name for _, state in exits for name, passed in state.clean.items() if Danger.PATH in passed}
        limits = any(value.origins and Danger.PATH in value.cleaned for value, _ in exits)
        for value, other in exits[1:]:
            found = merged(found, value)
            after.join(other)
        for name in limited:  # a limit that an operator may leave out is a limit
            after.clean[name] = after.clean.get(name, frozenset()) | {Danger.PATH}
        return found.clean({Danger.PATH} if limits else ()), after

    def enter(self, function: Function, given: Given, state: State) -> Value:
        """Follow a function of the module, and return what it returns."""
        values = self._bound(function, given)
        inside = state.seen(joint(values.values())).origins or any(
            value.members for value in (given.receiver, *values.values())
        )
        own = {key: value for key, value in state.names.items() if key.startswith("self.")}
        nested = self.module.function_of(function) in self.stack
        if function in self.stack or len(self.stack) >= DEEPEST or self._count >= MOST_ENTERED:
            return NOTHING
        if not inside and not nested and not any(value.origins for value in own.values()):
            return Value(of=self.scopes.annotated(function.returns))
        members = {f"self.{name}": value for name, value in given.receiver.members}
        names = {**(state.names if nested else own), **members, **values}
        key = (function, frozenset(names.items()), frozenset(state.clean.items()))
        if key not in self._known:
            self._count += 1
            self._reached.add(function)
            start = State(names, dict(state.clean), dict(state.checks), state.subject)
            self._known[key] = self._body(function, start)
        found, after = self._known[key]
        if after is not None:
            state.clean, state.checks = dict(after.clean), dict(after.checks)
            kept = {name: value for name, value in after.names.items() if name.startswith("self.")}
            state.names.update(kept if isinstance(given.node.func, ast.Name) or not members else {})
        return found

    def _bound(self, function: Function, given: Given) -> dict[str, Value]:
        """Return the values of a function's parameters in a call."""
        spec = function.args
        names = [item.arg for item in (*spec.posonlyargs, *spec.args)]
        annotations = {item.arg: item.annotation for item in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)}
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        bound = dict(zip(names, given.arguments, strict=False))
        if spec.vararg and len(given.arguments) > len(names):
            bound[spec.vararg.arg] = joint(given.arguments[len(names) :])
        bound |= {key: value for key, value in given.keywords.items() if key in annotations}
        spread = given.keywords.get("**", NOTHING)
        if spread.holder:
            rest = [name for name in annotations if name not in bound and name not in {"self", "cls"}]
            bound |= {name: of_chosen(self.scopes, spread, name, given.node) for name in rest}
        for name, value in bound.items():
            note = f"goes to {function.name}() as `{name}`"
            found = value.step(given.node, note)
            bound[name] = found if found.of else replace(found, of=_class_of(self.scopes, annotations.get(name)))
        return bound

    def arrive(self, called: str, given: Given, state: State) -> None:
        """Note a call with something of a client in it."""
        receiver = state.seen(given.receiver)
        arguments = tuple(state.seen(value) for value in given.arguments)
        keywords = tuple((name, state.seen(value)) for name, value in given.keywords.items())
        self._note(given.node, called, receiver, arguments, keywords, state)

    def leave(self, node: ast.Return, state: State) -> None:
        """Note how a function returns, and what a check lets through."""
        value = node.value
        found = state.seen(self.value(value, state))
        after = state.copy()
        if self._handler.checks and len(self.stack) == 1:
            if value is not None:
                refine(self, value, after, truth=True)
            marks = Value(frozenset(self._handler.arguments))
            self._note(node, "return", NOTHING, (after.seen(marks),), (), after)
        elif value is not None and says_it_checks(self.stack[-1].name):
            refine(self, value, after, truth=True)
        self._returned[-1].append((found, after))

    def _note(
        self,
        node: ast.Call | ast.Return,
        called: str,
        receiver: Value,
        arguments: tuple[Value, ...],
        keywords: tuple[tuple[str, Value], ...],
        state: State,
    ) -> None:
        checks = tuple(state.checks.items())
        new = Arrival(node, called, receiver, arguments, keywords, checks, state.subject, self._handler)
        key = (node, called)
        old = self.arrivals.get(key)
        if old is None or _open(new) > _open(old):
            self.arrivals[key] = new


def _open(arrival: Arrival) -> int:
    """Return for how many uses what arrives has not been checked."""
    every: Iterable[Value] = (arrival.receiver, *arrival.arguments, *(value for _, value in arrival.keywords))
    return sum(len(EVERY - value.cleaned) for value in every if value.origins)


def _class_of(scopes: Scopes, annotation: ast.expr | None) -> str:
    name = scopes.annotated(annotation)
    return name if "." in name or name in scopes.classes else ""
