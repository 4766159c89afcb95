"""What a condition says of the values in it, once it holds or fails."""

import ast
from typing import TYPE_CHECKING, Final

from .sanitizers import CHECKED_HOSTS, says_it_checks
from .syntax import is_none, mark
from .values import EVERY, Danger, State, Value

if TYPE_CHECKING:
    from .expressions import Evaluator

_OTHERS: Final = EVERY - {Danger.PATH}
_TEXTUAL: Final = "a check of its text"
SIBLINGS: Final = "a comparison with a prefix that has no separator at its end"


def refine(evaluator: "Evaluator", test: ast.expr, state: State, *, truth: bool) -> None:
    """Note in the state what follows for the arguments from a condition that has come out like that.

    It is generous: whatever looks like a check counts for one, and for every part of a condition with `and` or `or`.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        refine(evaluator, test.operand, state, truth=not truth)
    elif isinstance(test, ast.BoolOp):
        for part in test.values:
            refine(evaluator, part, state, truth=truth)
    elif isinstance(test, ast.Compare):
        _compared(evaluator, test, state, truth=truth)
    elif isinstance(test, ast.Call):
        _called(evaluator, test, state, truth=truth)
    elif isinstance(test, ast.NamedExpr):
        refine(evaluator, test.value, state, truth=truth)
    elif isinstance(test, ast.Attribute) and test.attr in CHECKED_HOSTS:
        state.passed(evaluator.value(test.value, state), {Danger.URL})


def _compared(evaluator: "Evaluator", test: ast.Compare, state: State, *, truth: bool) -> None:
    operator, right_side = test.ops[0], test.comparators[0]
    left, right = evaluator.value(test.left, state), evaluator.value(right_side, state)
    if isinstance(operator, ast.In | ast.NotIn):
        held = truth == isinstance(operator, ast.In)
        if left.origins and not right.origins:
            if held:
                state.passed(left)
        elif right.origins and not right.holder:
            _contained(test, left, right, right_side, state, held=held)
    elif isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot) and truth == isinstance(
        operator, ast.Eq | ast.Is
    ):
        _equal(evaluator, test, (left, right), state)


def _equal(evaluator: "Evaluator", test: ast.Compare, sides: tuple[Value, Value], state: State) -> None:
    other = test.comparators[0]
    if is_none(other):
        return
    left, right = sides
    called = {evaluator.module.called(node) for node in (test.left, other)}
    if called & {"os.path.commonpath", "os.path.commonprefix"}:
        _inside(left if left.origins else right, test, state)
    elif bool(left.origins) != bool(right.origins):
        state.passed(left if left.origins else right)
        known = right if left.origins else left
        if known.text and (left.origins or right.origins) <= evaluator.dispatched:
            state.subject = f"tool:{known.text}"
    elif left.origins & right.origins:
        state.passed(left)  # the text is what a normal form of it is


def _contained(test: ast.Compare, left: Value, right: Value, side: ast.expr, state: State, *, held: bool) -> None:
    """Judge `x in argument`, where the argument is the text, the parts of a path, or its parents."""
    if held:
        if isinstance(side, ast.Attribute) and side.attr == "parents":
            _inside(right, test, state)
        return
    if left.text == "..":
        state.weakly(right, mark(test, _TEXTUAL))
        state.passed(right, {Danger.SHELL} if right.joined else ())
    elif left.text is not None and ("/" in left.text or "\\" in left.text):
        state.passed(right, _OTHERS - {Danger.URL} if ".." in left.text else EVERY)
        if ".." in left.text:
            state.weakly(right, mark(test, _TEXTUAL))
    else:
        state.passed(right, _OTHERS)


def _called(evaluator: "Evaluator", test: ast.Call, state: State, *, truth: bool) -> None:
    called = evaluator.called(test, state)
    name = called.rpartition(".")[2]
    receiver = evaluator.value(test.func.value, state) if isinstance(test.func, ast.Attribute) else Value()
    if called in {"any", "all"} and test.args and isinstance(test.args[0], ast.GeneratorExp | ast.ListComp):
        inner = state.copy()
        evaluator.comprehend(test.args[0], inner)
        refine(evaluator, test.args[0].elt, inner, truth=truth)
        state.clean, state.checks = inner.clean, inner.checks
    elif name == "startswith" and receiver.origins:
        _starts(evaluator, test, receiver, state, truth=truth)
    elif name in {"isabs", "is_absolute"} and truth:
        for value in (receiver, *evaluator.values(test.args, state)):
            state.passed(value, {Danger.OPTION})
    elif name == "is_relative_to" and truth:
        _inside(receiver, test, state)
    elif name.startswith("is") and name[2:] in {"alnum", "alpha", "digit", "identifier", "numeric", "decimal", "ascii"}:
        state.passed(receiver, EVERY if name != "isascii" else ())
    elif name in {"match", "fullmatch", "search", "find", "findall"} or says_it_checks(called):
        values = [evaluator.value(item, state) for item in test.args]
        for value in values:
            if not value.holder and not _is_weak(state, value):
                state.passed(value)


def _starts(evaluator: "Evaluator", test: ast.Call, receiver: Value, state: State, *, truth: bool) -> None:
    """Judge `argument.startswith(…)`: of an option, of an address, of a path."""
    prefix = evaluator.value(test.args[0], state) if test.args else Value()
    prefixes = [item.text or "" for item in prefix.items] if prefix.items else [prefix.text or ""]
    if any(item.startswith("-") for item in prefixes):
        if not truth:
            state.passed(receiver, {Danger.OPTION})
    elif any("://" in item and item.rpartition("/")[2] != item for item in prefixes):
        if truth and all(item.count("/") > 2 for item in prefixes):
            state.passed(receiver)
    elif truth and all(len(item) > 1 for item in prefixes if item):
        if prefix.text is None and not receiver.resolved and not receiver.joined and not _is_path(receiver):
            state.passed(receiver)
        elif prefix.text is None or "/" in prefix.text:
            _inside(receiver, test, state, separated=_ends_with_separator(test, prefix))
        else:
            state.passed(receiver)


def _inside(value: Value, node: ast.expr, state: State, *, separated: bool = True) -> None:
    """Note a check that a path is below a directory."""
    if value.resolved and separated:
        state.passed(value, {Danger.PATH, Danger.OPTION})
    else:
        state.weakly(value, mark(node, _TEXTUAL if not value.resolved else SIBLINGS))


def _ends_with_separator(test: ast.Call, prefix: Value) -> bool:
    first = test.args[0]
    written = ast.unparse(first)
    if prefix.template.endswith(("/", "\\")) or "sep" in written or "os.path.join" in written:
        return True
    return not isinstance(first, ast.Name | ast.Attribute | ast.Call | ast.Constant | ast.JoinedStr)


def _is_path(value: Value) -> bool:
    return value.of.startswith("pathlib.") or value.template.startswith("/")


def _is_weak(state: State, value: Value) -> bool:
    return any(state.checks.get(name) for name in value.origins)
