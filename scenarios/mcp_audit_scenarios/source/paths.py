"""Files that a client chooses, and checks of paths that can be got round."""

import ast
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.arrivals import Arrival
from mcp_audit_harness.source.python.flows import arrivals_of
from mcp_audit_harness.source.python.guards import SIBLINGS
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.syntax import Function
from mcp_audit_harness.source.python.values import AS_PATH, CHOSEN, Danger, Value
from mcp_audit_harness.source.rules import Hit, rule

from .commands import offers_commands
from .opening import opened
from .reaching import hit, named, once_per_line, reached, together

_SHOWN: Final = ("paths/*",)
_CHECKS: Final = frozenset({"os.access", "os.path.islink", "os.lstat"})
_CHECKING_METHODS: Final = frozenset({"is_symlink", "lstat"})
_OPENING_METHODS: Final = frozenset({"read_text", "read_bytes", "write_text", "write_bytes", "open"})
_OPENERS: Final = frozenset({"open", "io.open", "os.open", "aiofiles.open"})


@rule(
    id="source/path-from-argument",
    title="An argument chooses the file that is opened",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-22",
    remediation="Resolve the path (Path.resolve(), os.path.realpath) and refuse it unless it is_relative_to() a "
    "directory that the operator has allowed; or take an identifier, and look the file up.",
    references=("https://cwe.mitre.org/data/definitions/22.html", "https://nvd.nist.gov/vuln/detail/CVE-2025-68145"),
    shown_by=_SHOWN,
)
def path_from_argument(module: PythonModule) -> Iterator[Hit]:
    """A tool that opens whatever path it is given serves every file of its account to whoever drives the model; with
    `../` or an absolute path that holds for names that are joined to a directory, too. Arguments are written by a model
    that reads foreign text, so a document can choose them.
    """
    if offers_commands(module):
        return
    at = {arrival.node.lineno: module.function_of(arrival.node) for arrival in reached(module)}
    yield from together((at.get(item.line, item.line), item) for item in once_per_line(_chosen_paths(module)))


def _chosen_paths(module: PythonModule) -> Iterator[Hit]:
    for arrival in reached(module):
        for value in opened(arrival):
            if value.dangerous(Danger.PATH) and not arrival.weak_checks(value) and not _asks_only(arrival, value):
                message = f"{_shown(arrival)} gets the path {named(value)} from a client, and nothing limits it"
                yield hit(arrival, value, message, "opened here")
        if _of_project(module, arrival):
            for value in (*arrival.arguments, *(value for _, value in arrival.keywords)):
                line = next((mark.line for mark in value.trail if mark.note == AS_PATH), 0)
                if line and value.joined and value.dangerous(Danger.PATH) and not arrival.weak_checks(value):
                    message = f"{named(value)} is joined to a directory, and {arrival.name}() gets the path unchecked"
                    yield hit(arrival, value, message, f"handed to {arrival.name}()", line=line)


def _asks_only(arrival: Arrival, value: Value) -> bool:
    """Return whether a folder is listed whose own name is fixed: what is learned of others is that they have none."""
    return arrival.name in {"listdir", "scandir"} and not value.template.endswith(CHOSEN)


def _of_project(module: PythonModule, arrival: Arrival) -> bool:
    """Return whether a function of another module of the same project is called."""
    top = arrival.called.partition(".")[0]
    return arrival.called.startswith(".") or (bool(top) and top in module.path.split("/")[:-1])


def _shown(arrival: Arrival) -> str:
    owner, _, name = arrival.called.rpartition(".")
    return f"{name}()" if owner in {"", "?", "builtins"} else f"{owner.rpartition('.')[2]}.{name}()"


@rule(
    id="source/path-check-without-realpath",
    title="A check of a path rests on its text",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-22",
    remediation="Resolve both paths (Path.resolve(), os.path.realpath) and compare them with is_relative_to() or "
    "os.path.commonpath(), which compare whole names.",
    references=(
        "https://cwe.mitre.org/data/definitions/59.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-53109",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-53110",
    ),
    shown_by=("paths/follows-links-outside", "paths/takes-sibling-for-allowed", "paths/climbs-*"),
)
def path_check_without_realpath(module: PythonModule) -> Iterator[Hit]:
    """A path without `..` can still lead out of its directory by a link, and `/data-old` begins with `/data`. A check
    of the text of a path sees neither; the reference server for files was got round in both ways (CVE-2025-53109 and
    CVE-2025-53110).
    """
    yield from once_per_line(_weak_checks(module))


def _weak_checks(module: PythonModule) -> Iterator[Hit]:
    ends = {arrival.handler.function: arrival for arrival in arrivals_of(module) if arrival.called == "return"}
    for arrival in arrivals_of(module):
        values: tuple[Value, ...] = arrival.arguments if arrival.handler.checks else tuple(opened(arrival))
        if arrival.handler.checks and ends.get(arrival.handler.function) is not arrival:
            continue  # what comes before the last return are refusals
        for value in values:
            if value.dangerous(Danger.PATH):
                marks = arrival.weak_checks(value)
                of_resolved = [mark for mark in marks if mark.note == SIBLINGS]
                for mark in of_resolved or marks:
                    message = f"The path {named(value)} is let through after {mark.note}"
                    note = "let through here" if arrival.called == "return" else "opened here"
                    yield hit(arrival, value, message, note, line=mark.line)


@rule(
    id="source/open-after-check",
    title="A file is checked and then opened by its name again",
    severity=Severity.LOW,
    aspect=Aspect.SECURITY,
    weakness="CWE-367",
    remediation="Open first and check what was opened (os.fstat, /proc/self/fd), with O_NOFOLLOW; or open the very "
    "path that was resolved and checked.",
    references=("https://cwe.mitre.org/data/definitions/367.html",),
    shown_by=("paths/checks-before-use",),
)
def open_after_check(module: PythonModule) -> Iterator[Hit]:
    """Between a check of rights, of links or of the real path and the opening of the same name, the name can be turned
    into a link to another file. What was checked is then not what is read.
    """
    for function in module.functions if module.tools else ():
        checked = dict(_checked_names(module, function))
        found = ((node, _opened_name(module, node)) for node in ast.walk(function) if isinstance(node, ast.Call))
        after = [(node, name) for node, name in found if name in checked and node.lineno > checked[name][0]]
        for node, name in sorted(after, key=lambda item: item[0].lineno)[:1]:
            message = f"`{name}` is opened by name after {checked[name][1]} looked at it in line {checked[name][0]}"
            yield Hit(node.lineno, message, column=node.col_offset + 1, subject=module.subject_of(node))


def _checked_names(module: PythonModule, function: Function) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield the names that conditions of a function look at, with the line and the call."""
    for node in ast.walk(function):
        test = node.test if isinstance(node, ast.If) else None
        for call in ast.walk(test) if test is not None else ():
            if not isinstance(call, ast.Call):
                continue
            called = module.called(call)
            if called in _CHECKS and call.args and isinstance(call.args[0], ast.Name):
                yield call.args[0].id, (call.lineno, f"{called}()")
            match call.func:
                case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in _CHECKING_METHODS and name != "os":
                    yield name, (call.lineno, f"{attr}()")


def _opened_name(module: PythonModule, node: ast.Call) -> str:
    """Return the plain name that a call opens."""
    function = node.func
    by_method = isinstance(function, ast.Attribute) and function.attr in _OPENING_METHODS
    if isinstance(function, ast.Attribute) and by_method and module.name_of(function) not in _OPENERS:
        return getattr(function.value, "id", "")
    if module.called(node) in _OPENERS and node.args:
        return getattr(node.args[0], "id", "")
    return ""
