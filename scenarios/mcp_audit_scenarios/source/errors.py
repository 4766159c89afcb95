"""Errors that are caught and forgotten."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.syntax import hit_at, last_name, mark
from mcp_audit_harness.source.rules import Hit, rule

_MOST: Final = 5
"""A module with more of them has a habit, which is one finding."""
_BROAD: Final = frozenset({"Exception", "BaseException"})
_LEAVING: Final = ("close", "disconnect", "stop", "shutdown", "cleanup", "clean_up", "teardown", "terminate", "kill")
_LEAVING_METHODS: Final = frozenset({"__del__", "__exit__", "__aexit__"})
_REMOVING: Final = frozenset({
    *("unlink", "remove", "rmtree", "rmdir", "cancel", "flush", "release", "rollback", "wait", "wait_closed"),
    *("communicate", "unregister", "unsubscribe", "unwatch", "delete", "quit", "logout", "exit", "interrupt", "drop"),
})  # fmt: skip
_TELLING: Final = frozenset(
    {"report_progress", "send_progress_notification", "send_log_message", "info", "debug", "progress"}
)
_READERS: Final = frozenset({
    *("json.loads", "orjson.loads", "ast.literal_eval", "ast.parse", "int", "float", "uuid.UUID", "re.compile"),
    *("datetime.datetime.fromisoformat", "datetime.datetime.strptime", "datetime.date.fromisoformat"),
    *("urllib.parse.urlparse", "urllib.parse.urlsplit", "ipaddress.ip_address", "base64.b64decode"),
})  # fmt: skip
_NONE_IF: Final = re.compile(r"\b(?:None|null) (?:if|when|on|where|unless)\b")
_LOOKS: Final = frozenset({"isinstance", "len", "str", "bool", "list", "dict"})
_REASON: Final = re.compile(r"#(?!\s*(?:noqa|nosec|pragma|type|pylint|pyright)\b[^-]*$)(?:[^\w#]*\b\w+\b){2}")


@rule(
    id="source/bare-except",
    title="Except clause that catches everything",
    severity=Severity.LOW,
    aspect=Aspect.ERRORS,
    weakness="CWE-396",
    remediation="Name the exceptions that the block can raise and that you can handle there; let all others through.",
    references=("https://cwe.mitre.org/data/definitions/396.html",),
)
def bare_except(module: PythonModule) -> Iterator[Hit]:
    """A clause without a type also catches what ends a program: cancellation, SystemExit, an interrupt.

    In an async server a request that its client has cancelled then goes on running, and the process cannot be stopped.
    """
    for handler in module.each(ast.ExceptHandler):
        if handler.type is None and not _raises(handler):
            yield hit_at(module, handler, "catches every exception, cancellation and exit included")


@rule(
    id="source/swallowed-exception",
    title="Any exception is caught and thrown away",
    severity=Severity.LOW,
    aspect=Aspect.ERRORS,
    weakness="CWE-390",
    remediation="Catch the exceptions that you expect; log any other, or let the tool answer with an error (isError).",
    references=("https://cwe.mitre.org/data/definitions/390.html",),
)
def swallowed_exception(module: PythonModule) -> Iterator[Hit]:
    """Whatever goes wrong in the block, a defect of the server included, nobody gets to know of it.

    The client takes what it is given for the true result: a tool that finds nothing because its search broke answers
    like one that found nothing. Clauses that name the exceptions they expect are left alone; so are those that only
    tidy up, try the next of several ways, give the None that the function declares, or say in a comment why.
    """
    found = [
        handler
        for handler in module.each(ast.ExceptHandler)
        if _is_broad(module, handler) and _forgets(handler) and not _meant(module, handler)
    ]
    message = "catches any exception and goes on as if nothing had happened"
    if len(found) > _MOST:
        trail = tuple(mark(handler, "and here") for handler in found[1:])
        yield replace(hit_at(module, found[0], f"{message}; the module does so {len(found)} times"), trail=trail)
    else:
        yield from (hit_at(module, handler, message) for handler in found)


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for step in handler.body for node in ast.walk(step))


def _is_broad(module: PythonModule, handler: ast.ExceptHandler) -> bool:
    """Whether a clause names Exception; one that names nothing has a rule of its own."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(module.name_of(item) in _BROAD for item in caught if item is not None)


def _forgets(handler: ast.ExceptHandler) -> bool:
    """Whether a clause only goes on: `pass`, `continue`, or a result that is empty.

    True and False are results of questions (`is it there?`), to which a failure can be the answer.
    """
    return all(_goes_on(step) for step in handler.body)


def _goes_on(step: ast.stmt) -> bool:
    if isinstance(step, ast.Pass | ast.Continue):
        return True
    if isinstance(step, ast.Expr):
        return isinstance(step.value, ast.Constant)
    return isinstance(step, ast.Return) and _is_empty(step.value)


def _is_empty(value: ast.expr | None) -> bool:
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    return value is None or (isinstance(value, ast.Constant) and value.value in {None, ""})


def _meant(module: PythonModule, handler: ast.ExceptHandler) -> bool:
    """Whether going on is right: nothing is lost by the failure, or a comment gives the reason."""
    end = handler.body[-1].end_lineno or handler.lineno
    lines = module.text.splitlines()[handler.lineno - 1 : end]
    return (
        any(_REASON.search(line) for line in lines)
        or _falls_back(module, handler)
        or _answers_by_contract(module, handler)
        or _tidies_up(module, handler)
        or _asks(module, handler)
    )


def _falls_back(module: PythonModule, handler: ast.ExceptHandler) -> bool:
    """Whether the block is one of several ways to a result: it returns one, and after the clause the next is tried.

    So does a module that uses a package if it is installed.
    """
    block = module.parents[handler]
    goes_on = isinstance(handler.body[-1], ast.Pass | ast.Continue)
    inside = {type(node) for step in getattr(block, "body", ()) for node in ast.walk(step)}
    optional = module.function_of(handler) is None and bool(inside & {ast.Import, ast.ImportFrom})
    return optional or (goes_on and ast.Return in inside)


def _asks(module: PythonModule, handler: ast.ExceptHandler) -> bool:
    """Whether the block only tries to read a text as something: that it is no such thing is the answer."""
    block = module.parents[handler]
    nodes = [node for step in getattr(block, "body", ()) for node in ast.walk(step)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    called = {module.called(call) for call in calls if not _collects(call)}
    return bool(called & _READERS) and called <= _READERS | _LOOKS


def _collects(call: ast.Call) -> bool:
    """Whether a call only puts something into a list or a set."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in {"append", "extend", "add"}


def _answers_by_contract(module: PythonModule, handler: ast.ExceptHandler) -> bool:
    """Whether a clause returns None where the function says that it may, by `-> Path | None` or in words."""
    last, function = handler.body[-1], module.function_of(handler)
    said = "" if function is None or function.returns is None else ast.unparse(function.returns)
    empty = isinstance(last, ast.Return) and (last.value is None or ast.unparse(last.value) == "None")
    words = "" if function is None else ast.get_docstring(function) or ""
    return empty and ("Optional" in said or "| None" in said or bool(_NONE_IF.search(words)))


def _tidies_up(module: PythonModule, handler: ast.ExceptHandler) -> bool:
    """Whether the block of a clause releases or reports something: then there is nothing that a failure could spoil."""
    block = module.parents[handler]
    function = module.function_of(handler)
    name = function.name if function is not None else ""
    if name in _LEAVING_METHODS or any(word in name for word in _LEAVING):
        return True
    inner: ast.AST = block
    for outer in module.around(block):
        if isinstance(outer, ast.Try) and inner in outer.finalbody:
            return True
        if isinstance(outer, ast.ExceptHandler):
            return True  # another failure is being handled, and is what counts
        inner = outer
    calls = [node for step in getattr(block, "body", ()) for node in ast.walk(step) if isinstance(node, ast.Call)]
    ends = [last_name(call.func) for call in calls]
    done = [end for end in ends if end not in {"hasattr", "getattr", "callable"}]
    leaves = any(end in _REMOVING or any(word in end for word in _LEAVING) for end in done[:1])
    return leaves or any(end in _TELLING for end in done)
