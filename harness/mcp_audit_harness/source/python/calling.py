"""What calls make of a client's values: the module's own functions are entered, of others the names say it."""

import ast
from abc import abstractmethod
from dataclasses import replace
from typing import Final

from .arrivals import Given
from .expressions import Evaluator
from .foreign import PARSING, carried, of_method, of_object, relative, untouched
from .members import of_chosen, several
from .sanitizers import CLEANERS, CONVERSIONS, HARMLESS, says_it_checks
from .syntax import Function
from .values import CHOSEN, NOTHING, State, Value, joint, listed

_THREADS: Final = {
    "asyncio.to_thread": 0,
    "anyio.to_thread.run_sync": 0,
    "functools.partial": 0,
    "asyncio.get_event_loop.run_in_executor": 1,
    "asyncio.get_running_loop.run_in_executor": 1,
    "starlette.concurrency.run_in_threadpool": 0,
}
"""They call what they are given: the position of it."""
_GROWING: Final = frozenset({"append", "extend", "insert", "add", "appendleft"})
_RUNNING: Final = frozenset({"asyncio.run", "asyncio.wait_for", "asyncio.create_task", "asyncio.shield", "anyio.run"})


class Caller(Evaluator):
    """Tells what calls return."""

    @abstractmethod
    def enter(self, function: Function, given: Given, state: State) -> Value:
        """Follow a function of the module, and return what it returns."""

    @abstractmethod
    def arrive(self, called: str, given: Given, state: State) -> None:
        """Note a call with something of a client in it."""

    def called(self, node: ast.Call, state: State) -> str:
        """Return the name of what is called."""
        return self._callee(node.func, state)[0]

    def call(self, node: ast.Call, state: State) -> Value:
        """Return what a call returns."""
        called, receiver = self._callee(node.func, state)
        arguments = self.values(node.args, state)
        keywords: dict[str, Value] = {}
        for item in node.keywords:
            value = self.value(item.value, state)
            keywords |= {item.arg: value} if item.arg else {"**": value, **dict(value.members)}
        given = Given(node, receiver, arguments, keywords)
        position = 1 if called.endswith(".run_in_executor") else _THREADS.get(called, -1)
        if 0 <= position < len(node.args) and not isinstance(node.args[position], ast.Lambda):
            function = node.args[position]
            called, receiver = self._callee(function, state)
            given = replace(given, receiver=receiver, arguments=arguments[position + 1 :])
            return self._apply(called, function, given, state)
        if called in _RUNNING:
            return given.first
        return self._apply(called, node.func, given, state)

    def _callee(self, node: ast.expr, state: State) -> tuple[str, Value]:
        if isinstance(node, ast.Attribute):
            receiver = self.value(node.value, state)
            owner = receiver.of or ("" if receiver.origins else self.module.name_of(node.value))
            if isinstance(node.value, ast.Name) and owner == node.value.id and owner not in self.scopes.classes:
                owner = owner if owner in self.module.imports or owner in {"self", "cls", "super"} else ""
            return f"{owner or '?'}.{node.attr}", receiver
        if isinstance(node, ast.Name):
            return state.names.get(node.id, NOTHING).of or self.module.name_of(node), NOTHING
        return self.value(node, state).of or "?", NOTHING

    def _function(self, called: str, node: ast.expr) -> Function | None:
        """Return the function of the module that is called."""
        if isinstance(node, ast.Name):
            return self.scopes.function(node.id, self.stack[-1])
        owner, _, name = called.rpartition(".")
        if owner in {"self", "cls"}:
            around = self.module.class_around(self.stack[-1])
            return self.scopes.method(around.name, name) if around is not None else None
        return self.scopes.method(owner, name) if owner in self.scopes.classes else None

    def _apply(self, called: str, node: ast.expr, given: Given, state: State) -> Value:
        self._grow(given, state)
        speaks = given.receiver.origins or any(value.origins for value in given.every)
        function = self._function(called, node)
        if function is not None:
            return self._entered(called, function, given, state)
        if called in self.scopes.classes and not self.scopes.is_model(called):
            return self._constructed(called, given, state)
        if not speaks:
            return untouched(called, given)
        self.arrive(called, given, state)
        holder = next((value for value in given.every if value.holder), None)
        if holder is not None and ("**" in given.keywords or called.rpartition(".")[2] in PARSING):
            model = called if called in self.scopes.classes else called.rpartition(".")[0]
            return replace(holder, of=model if model in self.scopes.classes else "") if _makes(called) else NOTHING
        if self.scopes.is_model(called):
            return Value(of=called, members=tuple(given.keywords.items()))
        return self._foreign(called, given, state)

    def _entered(self, called: str, function: Function, given: Given, state: State) -> Value:
        checks = says_it_checks(called) and any(value.origins for value in given.every)
        found = self.enter(function, given, state)
        if checks:
            for value in given.every:
                if not value.holder and not any(state.checks.get(name) for name in value.origins):
                    state.passed(value)
        return state.seen(found)

    def _constructed(self, name: str, given: Given, state: State) -> Value:
        """Return an object of a class of the module with what its constructor keeps of its arguments."""
        start = self.scopes.method(name, "__init__")
        if start is None:
            return Value(of=name)
        inner = state.copy()
        inner.names = {key: value for key, value in state.names.items() if not key.startswith("self.")}
        self.enter(start, given, inner)
        kept = ((key[5:], value) for key, value in inner.names.items() if key.startswith("self."))
        return Value(of=name, members=tuple(kept))

    def _foreign(self, called: str, given: Given, state: State) -> Value:
        """Return what a function that is not in the module returns, as far as its name tells."""
        if given.receiver.origins:
            found = self._method(called.rpartition(".")[2], given, state)
            if found is not None:
                return found
        number = called in {"min", "max"} and any((value.text or "").isdigit() for value in given.every)
        if called in CONVERSIONS or number:
            state.passed(joint(given.every))
            return joint(given.every, CHOSEN).clean()
        if called in HARMLESS:
            return joint(given.every, CHOSEN).clean()
        if called in CLEANERS:
            return joint(given.every, CHOSEN).clean(CLEANERS[called])
        if says_it_checks(called):
            for value in given.every:
                if not value.holder:
                    state.passed(value)
            return joint(given.every, CHOSEN, of=called).clean()
        return carried(called, given)

    def _method(self, name: str, given: Given, state: State) -> Value | None:
        """Return what a method of a client's text, path or object returns; None where its arguments matter more."""
        owner, first = given.receiver, given.first
        if owner.holder and name in {"get", "pop", "setdefault"} and first.text:
            return of_chosen(self.scopes, owner, first.text, given.node)
        if name == "relative_to":
            alone = isinstance(self.module.parents.get(given.node), ast.Expr)
            return relative(given, state, alone=alone)
        return of_object(name, owner) if owner.holder else of_method(name, given)

    def _grow(self, given: Given, state: State) -> None:
        """Take what is put into a list, a set or a dictionary."""
        function = given.node.func
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name) or not given.arguments:
            return
        name, value = function.value.id, given.arguments[-1]
        if function.attr not in _GROWING or name not in state.names:
            return
        owner = given.receiver
        many = function.attr == "extend"
        new = (value.items or several(value)) if many else (value,)
        if owner.items is not None:
            position = 0 if function.attr in {"insert", "appendleft"} else len(owner.items)
            state.names[name] = listed((*owner.items[:position], *new, *owner.items[position:]))
        elif value.origins:
            state.names[name] = joint((owner, value), CHOSEN)


def _makes(called: str) -> bool:
    name = called.rpartition(".")[2]
    return name in PARSING or name[:1].isupper() or name == "dict"
