"""The original's sanitizer (X-17, X-18), which turns a bare word on a line of its own into an echo of it.

It takes function calls, array elements and lines of quoted text for such words, so it changes what scripts mean. It is
kept for packs that were written against it, and to say what it would have changed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from oraclepack_mcp.packs.model import Finding, Pack
from oraclepack_mcp.packs.text import BLANK, go_trim

MESSAGE: Final = "Converted bare label to echo"

_HEREDOC: Final = re.compile(rf"<<-?{BLANK}*[\"']?([A-Za-z0-9_]+)")
_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
# Built-ins first, then keywords; the original forgot `read`, `let`, `mapfile` and `shopt`.
_SHELL_WORD: Final = re.compile(
    r"(?:"
    r"alias|bg|break|cd|command|continue|declare|dirs|echo|eval|exec|exit|export|false|fg|getopts|hash|"
    r"help|jobs|local|popd|printf|pushd|pwd|readonly|return|set|shift|source|test|trap|true|type|ulimit|"
    r"umask|unalias|unset|wait"
    r"|"
    r"case|do|done|elif|else|esac|fi|for|function|if|in|select|then|time|until|while"
    r")\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """A line that became an echo of its token; lines count from 1."""

    line: int
    token: str


@dataclass(frozen=True, slots=True)
class Sanitized:
    """A script after the sanitizer, and the lines that it changed."""

    code: str
    conversions: list[Conversion]


def sanitize(code: str, is_executable: Callable[[str], bool]) -> Sanitized:
    """Apply the sanitizer to one script; words that are programs stay."""
    lines = code.split("\n")
    labels = list(_labels(lines, is_executable))
    for label in labels:
        line = lines[label.line - 1]
        indentation = line[: len(line) - len(line.lstrip("\t "))]
        lines[label.line - 1] = f'{indentation}echo "{label.token}"'
    return Sanitized("\n".join(lines), labels)


def sanitizer_findings(pack: Pack, is_executable: Callable[[str], bool]) -> list[Finding]:
    """What the sanitizer of the original would change in a pack, as findings that forbid nothing."""
    scripts: list[tuple[str | None, str, int]] = [(None, pack.prelude.code or "", pack.prelude.first_line)]
    scripts += [(step.id, step.code or "", step.first_line) for step in pack.steps]
    return [
        Finding(
            code="BARE_LABEL",
            severity="info",
            rule="X-18",
            message="the original runner turns this line into an echo of itself",
            step_id=step_id,
            line=label.line,
            file_line=first_line + label.line - 1,
            token=label.token,
        )
        for step_id, code, first_line in scripts
        for label in _labels(code.split("\n"), is_executable)
    ]


def _labels(lines: list[str], is_executable: Callable[[str], bool]) -> Iterator[Conversion]:
    heredoc_end: str | None = None
    for number, line in enumerate(lines, start=1):
        token = go_trim(line)
        if heredoc_end is not None:
            heredoc_end = None if token == heredoc_end else heredoc_end
        elif token.startswith("#"):
            continue
        elif found := _HEREDOC.search(line):
            heredoc_end = found[1]
        elif _LABEL.match(token) and not _SHELL_WORD.match(token) and not is_executable(token):
            yield Conversion(number, token)
