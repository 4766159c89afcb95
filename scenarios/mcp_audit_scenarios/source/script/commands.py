"""Programs that a client's values are given to, and code that is made of them."""

import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.source.rules import Hit, Reads, also
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import arguments, option, string
from mcp_audit_harness.source.script.values import Arrival, Kind, Taint

from ..code import code_from_argument
from ..commands import option_from_argument, shell_command_from_argument
from ..reaching import together
from .reaching import hit, reached

_SHELLS: Final = frozenset({"child_process.exec", "child_process.execSync", "execa.execaCommand", "shelljs.exec"})
_PROGRAMS: Final = re.compile(r"^child_process\.(?:spawn|execFile)(?:Sync)?$|^execa(?:\.execa(?:Sync)?)?$")
_INTERPRETERS: Final = re.compile(r"(?:^|/)(?:ba|z|da|k)?sh$|^cmd(?:\.exe)?$|^(?:powershell|pwsh)(?:\.exe)?$")
_COMMANDS: Final = re.compile(
    r"^(?:shell_?)?(?:command|cmd|script|code|shell|commands|commandLine|interpreter)$", re.IGNORECASE
)
"""A tool that takes a command runs commands: that is what it is there for."""
_LISTS: Final = re.compile(r"^(?:\w*args|argv|arguments|flags|options|params|commands?|cmd)$", re.IGNORECASE)
_RUNS_CODE: Final = re.compile(
    r"^(?:eval|Function|vm\.(?:runInThisContext|runInNewContext|runInContext|Script|compileFunction))$"
)


@also(shell_command_from_argument, reads=Reads.SCRIPT)
def argument_is_read_by_a_shell(module: ScriptModule) -> Iterator[Hit]:
    """Flag commands with an argument in them for exec, for spawn with a shell, and for `sh -c`."""
    for arrival in reached(module):
        value = _read_by_shell(module, arrival)
        if value is not None and not _COMMANDS.match(value.argument):
            what = arrival.name.rpartition(".")[2]
            message = f"A shell reads the argument {value.argument} as a part of the command of {what}."
            yield hit(module, arrival, value, message)


def _read_by_shell(module: ScriptModule, arrival: Arrival) -> Taint | None:
    """Return the client's value that a shell interprets in a call."""
    first, second = (*arrival.values, None, None)[:2]
    if arrival.name in _SHELLS:
        return first if first is not None and first.kind in {Kind.TEXT, Kind.LIST} else None
    if not _PROGRAMS.match(arrival.name):
        return None
    shell = module.text_of(option(module, arrival.node, "shell"))
    program = string(module, arguments(arrival.node)[0]) or ""
    if shell not in {"", "false", "undefined"} or (_INTERPRETERS.search(program) and second is not None):
        return first or second
    return None


@also(option_from_argument, reads=Reads.SCRIPT)
def argument_becomes_an_option(module: ScriptModule) -> Iterator[Hit]:
    """Flag lists of a program's arguments with a client's value that is no option's value and has no `--` before it."""
    yield from together(_options(module))


def _options(module: ScriptModule) -> Iterator[tuple[int, Hit]]:
    for arrival in reached(module):
        if not _PROGRAMS.match(arrival.name) or _read_by_shell(module, arrival) is not None:
            continue
        value = (*arrival.values, None, None)[1]
        listed = value is not None and value.kind is Kind.LIST and value.leads
        if value is None or not listed or "option" in value.checked or _LISTS.match(value.argument):
            continue
        program = string(module, arguments(arrival.node)[0]) or "the program"
        message = f"The argument {value.argument} becomes an option of {program} when it begins with a dash."
        function = module.function_of(arrival.node)
        yield 0 if function is None else function.id, hit(module, arrival, value, message)


@also(code_from_argument, reads=Reads.SCRIPT)
def argument_is_run_as_code(module: ScriptModule) -> Iterator[Hit]:
    """Flag eval, `new Function` and the module vm, which is no sandbox, with an argument in what they run."""
    for arrival in reached(module):
        value = next((value for value in arrival.values if value is not None), None)
        if value is not None and _RUNS_CODE.match(arrival.name) and (arrival.values[0] or arrival.name == "Function"):
            message = f"{arrival.name} runs the argument {value.argument or 'object'} in the server itself."
            yield hit(module, arrival, value, message)
