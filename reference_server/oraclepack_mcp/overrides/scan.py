"""Finding the `oracle` calls of a script, as the original's checks see them (rule OV-06)."""

import re
from dataclasses import dataclass
from typing import Final

_CALL: Final = re.compile(r"([\t\n\f\r ]*)oracle\b", re.ASCII)
_CONTINUED: Final = re.compile(r"\\[\t\n\f\r ]*\Z")


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call with the lines that continue it; `start` and `end` count lines from 0, both are part of it.

    `oracle-x` counts as a call here, though no flags are put into it.
    """

    start: int
    end: int
    indent: str
    raw: str

    @property
    def display(self) -> str:
        """The call without its indentation."""
        return self.raw.removeprefix(self.indent)


def scan_invocations(script: str) -> list[Invocation]:
    """The calls in their order; a here-document or a text in quotes that goes over lines is cut after its first one."""
    lines = script.split("\n")
    found: list[Invocation] = []
    start = 0
    while start < len(lines):
        end = start
        if call := _CALL.match(lines[start]):
            while end + 1 < len(lines) and _CONTINUED.search(lines[end]):
                end += 1
            found.append(Invocation(start, end, call[1], "\n".join(lines[start : end + 1])))
        start = end + 1
    return found
