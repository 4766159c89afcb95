"""Commands and their options that a client chooses."""

import ast
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.arrivals import Arrival
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.syntax import constant, keyword
from mcp_audit_harness.source.python.values import CHOSEN, NOTHING, Danger, Value
from mcp_audit_harness.source.rules import Hit, rule

from .reaching import hit, named, once_per_line, reached, together

_RUNNERS: Final = frozenset(
    """
    subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen anyio.run_process
    anyio.open_process
    """.split()  # noqa: SIM905 - a list of words is read as one
)
_SHELLS: Final = frozenset(
    """
    os.system os.popen subprocess.getoutput subprocess.getstatusoutput asyncio.create_subprocess_shell
    commands.getoutput asyncio.subprocess.create_subprocess_shell pexpect.run
    """.split()  # noqa: SIM905 - a list of words is read as one
)
_SPREAD: Final = frozenset({"asyncio.create_subprocess_exec", "asyncio.subprocess.create_subprocess_exec"})
_INTERPRETERS: Final = frozenset(
    {
        "sh",
        "bash",
        "zsh",
        "dash",
        "ksh",
        "fish",
        "cmd",
        "cmd.exe",
        "powershell",
        "powershell.exe",
        "pwsh",
        "ssh",
        "osascript",
    }
)
_SWITCHES: Final = frozenset({"-c", "-lc", "-ic", "/c", "/C", "-Command", "-command", "-e"})
_BY_DESIGN: Final = frozenset({"command", "cmd", "commands", "command_line", "shell_command", "bash_command", "script"})

_OPTIONS: Final = frozenset(
    {"args", "arguments", "argv", "extra_args", "options", "flags", "extra_arguments", "cli_args"}
)
"""Arguments that are meant to be options."""


@rule(
    id="source/shell-command-from-argument",
    title="A shell runs a line with an argument in it",
    severity=Severity.HIGH,
    aspect=Aspect.SECURITY,
    weakness="CWE-78",
    remediation="Start the program with a list of arguments and no shell; where a shell must be, pass each value "
    "through shlex.quote().",
    references=(
        "https://cwe.mitre.org/data/definitions/78.html",
        "https://modelcontextprotocol.io/specification/2025-11-25/server/tools#security-considerations",
    ),
    shown_by=("injection/runs-shell-commands", "injection/runs-commands-unseen"),
)
def shell_command_from_argument(module: PythonModule) -> Iterator[Hit]:
    """Whoever writes the argument writes part of a program for the shell: `;`, `$( )` or a line break start any command
    with the rights of the server. A tool whose very argument is the command is not meant: that is its offer.
    """
    yield from once_per_line(_shell_lines(module))


def offers_commands(module: PythonModule) -> bool:
    """Whether a tool of the module runs whatever command it is given: then nothing else that it opens is kept from
    clients.
    """
    return any(value.origins and _by_design(value) for arrival in reached(module) for value in _for_a_shell(arrival))


def _shell_lines(module: PythonModule) -> Iterator[Hit]:
    for arrival in reached(module):
        for value in _for_a_shell(arrival):
            if value.dangerous(Danger.SHELL) and not _by_design(value):
                message = f"{arrival.name}() hands {named(value)} to a shell as part of a command"
                yield hit(arrival, value, message, "run by a shell here")
        argv = _argv(arrival)
        program = argv.items[0] if argv.items else NOTHING
        if program.dangerous(Danger.SHELL) and program.whole and not _by_design(program):
            message = f"{arrival.name}() starts the program that {named(program)} names"
            yield hit(arrival, program, message, "started here")


def _for_a_shell(arrival: Arrival) -> Iterator[Value]:
    if arrival.called in _SHELLS:
        yield arrival.given(0, "cmd", "command")
    elif arrival.called in _RUNNERS and _shelled(arrival):
        yield arrival.given(0, "args")
    items = _argv(arrival).items or ()
    texts = [item.text or "" for item in items]
    program = texts[0].rpartition("/")[2] if texts else ""
    if program in _INTERPRETERS and len(items) > 2 and _SWITCHES.intersection(texts[1:-1]):
        yield items[-1]


def _shelled(arrival: Arrival) -> bool:
    return isinstance(arrival.node, ast.Call) and constant(keyword(arrival.node, "shell")) is True


def _by_design(value: Value) -> bool:
    return value.whole and value.origins <= _BY_DESIGN


def _argv(arrival: Arrival) -> Value:
    """Return the list of a program and its arguments."""
    if arrival.called in _SPREAD:
        items = [part for item in arrival.arguments for part in (item.items or (item,))]
        return Value(items=tuple(items))
    if arrival.called in _RUNNERS and not _shelled(arrival):
        return arrival.given(0, "args", "command")
    return NOTHING


@rule(
    id="source/option-from-argument",
    title="An argument can become an option of a program",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-88",
    remediation="Put `--` before values of clients, or refuse those that begin with a dash.",
    references=(
        "https://cwe.mitre.org/data/definitions/88.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-68144",
    ),
    shown_by=("injection/reads-text-as-option",),
)
def option_from_argument(module: PythonModule) -> Iterator[Hit]:
    """A value that begins with a dash is read by the program as an option: `--output=/etc/…` makes `git diff` write a
    file, `--upload-pack=…` makes `git` run one. No shell is needed for that, so a list of arguments is no protection.
    """
    at = {arrival.node.lineno: module.function_of(arrival.node) for arrival in reached(module)}
    yield from together((at[item.line], item) for item in once_per_line(_options(module)))


def _options(module: PythonModule) -> Iterator[Hit]:
    for arrival in reached(module):
        by_git = ".git." in arrival.called and arrival.called.startswith("git.")
        items = list(arrival.arguments) if by_git else list(_argv(arrival).items or ())
        start = 0 if by_git else 1
        for value in _taken_for_options(items, start):
            program = arrival.called.removeprefix("git.Repo.") if by_git else (items[0].text or "the program")
            message = f"{named(value)} becomes an option of {program} where it begins with a dash"
            yield hit(arrival, value, message, "read as an option here")


def _taken_for_options(items: list[Value], start: int) -> Iterator[Value]:
    """Yield the elements that begin with something of a client, and that neither `--` nor an option goes before."""
    before = ""
    for index, value in enumerate(items):
        text = value.text or ""
        if text == "--":
            return
        inner = _taken_for_options(list(value.items), 0) if value.items else iter((value,))
        for item in inner:
            begins = item.template.startswith(CHOSEN) and item.dangerous(Danger.OPTION)
            if (
                index >= start
                and begins
                and not item.origins <= _OPTIONS
                and not _by_design(item)
                and not _takes_value(before)
            ):
                yield item
        before = text


def _takes_value(text: str) -> bool:
    """Return whether what comes after it is the value of an option, or code for an interpreter."""
    return text.startswith("-") and "=" not in text
