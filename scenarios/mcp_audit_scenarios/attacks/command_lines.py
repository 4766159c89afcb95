"""Secrets on the command lines of a local target and of what it starts: every user of the machine can read those."""

from dataclasses import dataclass
from typing import Final

import psutil
from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import STDIO_ONLY, Category, Exchange, Severity, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

from ..conformance.trials import plain_method
from ..credentials import secret_in
from .leak_patterns import likely_secret, proven_secret
from .occasions import newest_of_era

_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command line that holds a secret; not the secret itself."""

    program: str
    position: int
    kind: str


@dataclass(frozen=True, slots=True)
class CommandLines:
    """What was looked at, and what was found."""

    control: Exchange
    processes: int
    found: tuple[Word, ...]


@scenario(transports=STDIO_ONLY, needs=(newest_of_era,))
async def command_lines(probe: Probe) -> CommandLines:
    """Look at the command lines of the target's process and of its children, while it runs."""
    control = await probe.request(plain_method(probe))
    root = (await probe.process()).pid
    lines = [line for line in _lines(root) if line]
    found = [
        Word(line[0].rpartition("/")[2][:60], position, kind)
        for line in lines
        for position, word in enumerate(line)
        if (kind := _kind(word))
    ]
    return CommandLines(control, len(lines), tuple(found))


def _lines(root: int) -> list[list[str]]:
    """Return the command lines of a process and of those that it started, as far as they can be read."""
    lines: list[list[str]] = []
    try:
        process = psutil.Process(root)
        everything = [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
    for one in everything[:_MOST]:
        try:
            lines.append(one.cmdline())
        except psutil.Error:
            continue
    return lines


def _kind(word: str) -> str:
    proven = proven_secret(word)
    return proven[0] if proven else secret_in(word) if likely_secret(word) else ""


@check(
    command_lines,
    id="stdio/secret-on-command-line",
    title="A secret stands on a command line",
    requirements=("stdio/no-secrets-on-command-lines", "authorization/stdio-uses-environment"),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Hand secrets over in the environment or in a file that only you can read, also to your own children.",
    references=("https://cwe.mitre.org/data/definitions/214.html",),
)
def secret_on_command_line(seen: CommandLines) -> Verdicts:
    """Command lines are public on the machine: `ps` shows them to every user, and monitors keep them. The confidence is
    that of the form of the word. Only its place is told, never the secret.
    """
    if seen.found:
        word = seen.found[0]
        text = f"Word {word.position} of the command line of {word.program} is {word.kind}."
        return failed(text, seen.control, subject=f"program:{word.program}")
    if not seen.processes:
        return not_observed("the process of the target cannot be looked into", seen.control)
    return passed(seen.control) if seen.control.answered else not_observed("no answer came", seen.control)
