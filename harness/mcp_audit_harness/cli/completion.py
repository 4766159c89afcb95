"""`completion SHELL`: what makes a shell complete the words of mcp-audit; and the answers to the shell."""

import os
import sys

from ..policy import Exit
from . import COMPLETE, split_command
from .usage import UsageError

_PROGRAM = "mcp-audit"
_SHELLS = ("bash", "zsh", "fish")
_WORDS, _PLACE, _TYPED = "COMP_WORDS", "COMP_CWORD", "_TYPER_COMPLETE_ARGS"
"""How bash, and the others, tell what was typed."""


def completion_command(shell: str) -> int:
    """Print the script for a shell; raises UsageError for one that is not known."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # noqa: PLC0415 - start-up time

    if shell not in _SHELLS:
        raise UsageError(f"no completion for {shell!r}; there is one for {', '.join(_SHELLS)}")
    script = get_completion_script(prog_name=_PROGRAM, complete_var=COMPLETE, shell=shell)
    sys.stdout.write(f"{script}\n")
    return Exit.CLEAN


def answer() -> int:
    """Print the words that fit, as the variables of the shell ask for."""
    from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415 - start-up time

    from .app import app  # noqa: PLC0415

    completion_init()
    _make_command_explicit()
    try:
        app([], prog_name=_PROGRAM, complete_var=COMPLETE)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else Exit.CLEAN
    return Exit.CLEAN


def _make_command_explicit() -> None:
    """Put `run` into what was typed where it stands for itself: `mcp-audit --pro…`, `mcp-audit URL --pro…`."""
    name = _WORDS if _WORDS in os.environ else _TYPED
    program, gap, rest = _first(os.environ.get(name, ""))
    word, more, _ = _first(rest)
    if not word or not (more or word.startswith("-")):
        return  # perhaps a command that is still being typed
    head, _ = split_command([word])
    if head[0] != word:
        os.environ[name] = f"{program}{gap}{head[0]}{gap}{rest}"
        if _PLACE in os.environ:
            os.environ[_PLACE] = str(int(os.environ[_PLACE]) + 1)


def _first(text: str) -> tuple[str, str, str]:
    """Return the first word, the white space behind it, and the rest."""
    word = next(iter(text.split(maxsplit=1)), "")
    rest = text[len(word) :]
    behind = rest.lstrip()
    return word, rest[: len(rest) - len(behind)], behind
