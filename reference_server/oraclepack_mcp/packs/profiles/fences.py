"""What the original's Python validators share: their idea of lines, of fences and of steps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from oraclepack_mcp.packs.findings import MAX_TOKEN
from oraclepack_mcp.packs.model import Finding
from oraclepack_mcp.packs.structure import STEP_COUNT

FENCE: Final = "```"
BASH_FENCE: Final = "```bash"
STEP_IDS: Final = tuple(f"{number:02d}" for number in range(1, STEP_COUNT + 1))

_BOTH_FENCES: Final = 2


@dataclass(frozen=True, slots=True)
class Text:
    """A file as Python splits it: also at breaks that the runner does not know, which its lines keep at their ends."""

    whole: str
    lines: list[str]
    numbers: Sequence[int]
    """The file line, counted by line feeds, on which each line lies."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """A block by the indexes of its fence lines."""

    opener: int
    closer: int

    @property
    def content(self) -> range:
        """The indexes of the lines between the fences."""
        return range(self.opener + 1, self.closer)

    def outside(self, text: Text) -> list[str]:
        """The lines before and after the block."""
        return text.lines[: self.opener] + text.lines[self.closer + 1 :]


@dataclass(frozen=True, slots=True)
class Part:
    """A numbered step as a validator sees it; `file_line` is that of the header."""

    id: str
    header: str
    body: list[str]
    file_line: int
    numbers: Sequence[int]

    @property
    def text(self) -> str:
        """The header and the lines below it, which is where the validators search."""
        return "\n".join((self.header, *self.body))

    def fault(self, code: str, rule: str, message: str, index: int | None = None, token: str | None = None) -> Finding:
        """An error in this step, at a line of its body or else at its header."""
        return Finding(
            code=code,
            severity="error",
            rule=rule,
            message=message,
            step_id=self.id,
            line=None if index is None else index + 1,
            file_line=self.file_line if index is None else self.numbers[index],
            token=token[:MAX_TOKEN] if token else token,
        )


def read_text(raw: bytes) -> Text:
    """Read a file as Python's text mode does; bytes that are no UTF-8 become U+FFFD."""
    whole = raw.decode("utf-8", "replace")
    lines = whole.splitlines()
    if len(lines) == whole.count("\n") + (not whole.endswith("\n") and bool(whole)):
        return Text(whole, lines, range(1, len(lines) + 1))
    ended = whole.splitlines(keepends=True)
    numbers = list(accumulate((line.endswith("\n") for line in ended[:-1]), initial=1))
    return Text(whole, [line.rstrip("\r\n") for line in ended], numbers)


def sole_block(text: Text, rule: str) -> Fenced | Finding:
    """The only fenced block of a file: two unindented fences, exactly ```bash and ``` (G-2), or what is wrong."""
    fences = [index for index, line in enumerate(text.lines) if line.startswith(FENCE)]
    if len(fences) != _BOTH_FENCES:
        message = f"expected exactly one fenced block (2 fence lines), found {len(fences)} fence lines"
        return Finding("FENCE_COUNT", "error", rule, message)
    opener, closer = fences
    if text.lines[opener] != BASH_FENCE:
        message = "the opening fence is not exactly ```bash"
        return Finding("FENCE_OPENING", "error", rule, message, file_line=text.numbers[opener])
    if text.lines[closer] != FENCE:
        message = "the closing fence is not exactly ```"
        return Finding("FENCE_CLOSING", "error", rule, message, file_line=text.numbers[closer])
    return Fenced(opener, closer)


def parts(text: Text, content: range, header: re.Pattern[str]) -> list[Part]:
    """The steps in some lines: each starts at a line that matches `header`, whose first group is its number."""
    headers = [(index, found[1]) for index in content if (found := header.match(text.lines[index]))]
    ends = [index for index, _ in headers[1:]] + [content.stop]
    return [
        Part(
            id=step_id,
            header=text.lines[start],
            body=text.lines[start + 1 : end],
            file_line=text.numbers[start],
            numbers=text.numbers[start + 1 : end],
        )
        for (start, step_id), end in zip(headers, ends, strict=False)
    ]


def is_comment(line: str) -> bool:
    """Whether a line is a comment, by Python's idea of white space."""
    return line.lstrip().startswith("#")


def ends_continued(line: str) -> bool:
    """Whether a line goes on in the next one, white space behind its backslash being overlooked."""
    return line.rstrip().endswith("\\")
