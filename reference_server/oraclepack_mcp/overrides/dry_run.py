"""Trying calls of the `oracle` program without a shell (rules OV-05, OV-07, S-15).

The original runs the text of a call in a shell. Here the words of a call are read as a shell would read them, and a
call that needs a shell for more than that is refused, so that nothing but `oracle --dry-run summary` is ever started.
"""

import re
import shlex
from collections.abc import Callable
from typing import Final, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.model import OverrideError
from oraclepack_mcp.overrides.scan import Invocation, scan_invocations

RunArgv: TypeAlias = Callable[[list[str]], tuple[int, str, str]]
"""Runs a program without a shell: its exit code, standard output and standard error."""

_TRY: Final = ("--dry-run", "summary")
_OTHER_PROGRAM: Final = re.compile(r"oracle[.:/@%+,=-]")
_PIECE: Final = re.compile(
    r"""(?P<blank>[ \t]+)
      | (?P<joined>\\\n)
      | (?P<single>'[^']*')
      | (?P<double>"(?:[^"\\$`]++|\\.)*+")
      | (?P<escaped>\\[^\n])
      | (?P<plain>[^\x00-\x20"'\\$`;|&<>(){}\[\]*?~\#!]+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE_IN_QUOTES: Final = re.compile(r'\\(?:([$`"\\])|\n)')


def words(call: str) -> list[str]:
    """The words of a call as a shell reads them.

    Raises:
        DomainError: SYNTAX_INVALID, the call holds an expansion, a pipe, a redirection, a separator, a pattern, a
            comment, or a text that goes on after it.
    """
    found: list[str] = []
    word: list[str] = []
    position = 0
    while position < len(call):
        piece = _PIECE.match(call, position)
        if piece is None:
            raise DomainError("SYNTAX_INVALID", f"the call needs a shell from {call[position : position + 20]!r} on")
        position = piece.end()
        if piece.lastgroup not in {"blank", "joined"}:
            word.append(_literal(piece))
        elif word and piece.lastgroup == "blank":
            found.append("".join(word))
            word = []
    return [*found, "".join(word)] if word else found


def try_calls(step_id: str, code: str, flags: list[str], run: RunArgv) -> tuple[int, list[OverrideError]]:
    """Try each call of a step with its flags: how many were started, and what went wrong.

    Raises:
        DomainError: what `run` raises.
    """
    tried = 0
    errors: list[OverrideError] = []
    for call in scan_invocations(code):
        if _OTHER_PROGRAM.match(call.display):
            continue
        try:
            argv = _argv(call, flags)
        except DomainError as error:
            errors.append(OverrideError(step_id, call.display, error.sentence, "CALL_NOT_PLAIN"))
            continue
        tried += 1
        exit_code, out, err = run(argv)
        if exit_code != 0:
            message = err.strip() or out.strip() or f"exit status {exit_code}"
            errors.append(OverrideError(step_id, shlex.join(argv), message, "CALL_FAILED"))
    return tried, errors


def _argv(call: Invocation, flags: list[str]) -> list[str]:
    program, *arguments = words(call.display)
    if program != "oracle":
        raise DomainError("SYNTAX_INVALID", f"the call is of another program, {program!r}")
    return [program, *flags, *_TRY, *arguments]


def _literal(piece: re.Match[str]) -> str:
    text = piece[0]
    if piece.lastgroup == "single":
        return text[1:-1]
    if piece.lastgroup == "double":
        return _ESCAPE_IN_QUOTES.sub(lambda found: found[1] or "", text[1:-1])
    return text[1:] if piece.lastgroup == "escaped" else text
