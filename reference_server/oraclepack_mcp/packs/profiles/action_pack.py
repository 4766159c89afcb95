"""The rules of the taskify skill's shell script for action packs (A-3 to A-7), and what it overlooks (A-8).

The script stops at its first problem; here all are reported, and the first is the one that it would name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from oraclepack_mcp.packs.block import find_block
from oraclepack_mcp.packs.model import Finding, Rule

_SPACE: Final = b" \t\v\f\r"
_FENCE: Final = b"```"
_OPENER: Final = b"```bash"
_BOTH_FENCES: Final = 2
_FIRST_STEP: Final = 1
_EXIT_CODES: Final = {
    ("A-3", "PLACEHOLDER_UNRESOLVED"): 4,
    ("A-4", "BLOCK_COUNT"): 10,
    ("A-5", "FENCE_COUNT"): 11,
    ("A-6", "NO_STEPS"): 20,
    ("A-7", "STEP_DUPLICATE"): 21,
    ("A-7", "STEP_SEQUENCE"): 22,
}

RULES: Final = (
    Rule("A-3", "error", "No line holds a template placeholder in double braces."),
    Rule("A-4", "error", "Exactly one line is ```bash, white space around it aside."),
    Rule("A-5", "error", "Exactly two lines start with three backticks, white space before them aside."),
    Rule("A-6", "error", "The block holds at least one step header: '# ', two digits and ')' from the line's start."),
    Rule("A-7", "error", "Step headers count 01, 02, 03 and so on; there may be 1 to 99."),
    Rule(
        "A-8", "error", "The runner finds the same block: its fences are in order, closed, unindented and without CR."
    ),
)
"""What an action pack is judged by; A-8 is not the script's."""


@dataclass(frozen=True, slots=True)
class _Fenced:
    """Where the script sees the block: indexes of its fence lines, `closer` being None when it runs to the end."""

    lines: list[bytes]
    opener: int
    closer: int | None

    @property
    def content(self) -> range:
        return range(self.opener + 1, len(self.lines) if self.closer is None else self.closer)


def check_action_pack(raw: bytes, *, strict_legacy: bool = False) -> list[Finding]:
    """What is wrong with an action pack, the script's own findings first.

    With `strict_legacy` there is a finding exactly where the script, with its backticks escaped, would refuse the file.
    """
    lines = raw.split(b"\n")
    openers = [index for index, line in enumerate(lines) if line.strip(_SPACE) == _OPENER]
    findings = [*_placeholders(lines), *_fence_counts(lines, len(openers))]
    if len(openers) != 1:
        return findings
    if strict_legacy:
        return findings + list(_steps(_fenced(lines[:-1], openers[0])))
    fenced = _fenced(lines, openers[0])
    return [*findings, *_steps(fenced), *_oversights(raw, fenced)]


def exit_code_equivalent(findings: list[Finding]) -> int:
    """The exit code with which the script would have ended; rules that it does not know count for nothing."""
    codes = (_EXIT_CODES.get((finding.rule, finding.code), 0) for finding in findings)
    return next((code for code in codes if code), 0)


def _placeholders(lines: list[bytes]) -> Iterator[Finding]:
    for number, line in enumerate(lines, start=1):
        if b"{{" not in line:
            continue
        # Each part but the last is followed by a brace, so an empty one after it makes that brace a double one.
        parts = line.split(b"}")[:-1]
        if any(b"{{" in part and not following for part, following in pairwise(parts)):
            message = "a template placeholder {{...}} is left"
            yield Finding("PLACEHOLDER_UNRESOLVED", "error", "A-3", message, file_line=number)
            return


def _fence_counts(lines: list[bytes], openers: int) -> Iterator[Finding]:
    if openers != 1:
        message = f"expected exactly one line that is ```bash, found {openers}"
        yield Finding("BLOCK_COUNT", "error", "A-4", message)
    fences = sum(line.lstrip(_SPACE).startswith(_FENCE) for line in lines)
    if fences != _BOTH_FENCES:
        message = f"expected exactly 2 lines that start with three backticks, found {fences}"
        yield Finding("FENCE_COUNT", "error", "A-5", message)


def _fenced(lines: list[bytes], opener: int) -> _Fenced:
    after = range(opener + 1, len(lines))
    return _Fenced(lines, opener, next((index for index in after if lines[index].strip(_SPACE) == _FENCE), None))


def _steps(fenced: _Fenced) -> Iterator[Finding]:
    """Judge the headers; like the script, name only the first that has the wrong number."""
    headers = [(index, number) for index in fenced.content if (number := _header(fenced.lines[index]))]
    if not headers:
        yield Finding("NO_STEPS", "error", "A-6", "the block holds no step header such as '# 01)'")
        return
    seen: set[str] = set()
    for expected, (index, number) in enumerate(headers, start=_FIRST_STEP):
        if number in seen:
            message = f"step header {number} appears again"
            yield Finding("STEP_DUPLICATE", "error", "A-7", message, step_id=number, file_line=index + 1)
            return
        if int(number) != expected:
            message = f"step headers are not sequential: expected {expected:02d}, got {number}"
            yield Finding("STEP_SEQUENCE", "error", "A-7", message, step_id=number, file_line=index + 1)
            return
        seen.add(number)


def _header(line: bytes) -> str:
    """The number of a header line, or nothing."""
    number = line[2:4]
    is_header = line.startswith(b"# ") and line[4:5] == b")" and number.isdigit()
    return number.decode() if is_header else ""


def _oversights(raw: bytes, fenced: _Fenced) -> Iterator[Finding]:
    """Say why the runner does not find the block that the script sees, where that is so."""
    block = find_block(raw)
    content = fenced.lines[fenced.content.start : fenced.content.stop]
    if content and not content[-1]:
        content.pop()
    if block and block.first_line == fenced.opener + 2 and block.lines == content:
        return
    reasons = list(_reasons(fenced))
    for code, message in reasons or [("BLOCK_DIFFERS", "the runner finds another block than this, or none")]:
        yield Finding(code, "error", "A-8", message, file_line=fenced.opener + 1)


def _reasons(fenced: _Fenced) -> Iterator[tuple[str, str]]:
    opener = fenced.lines[fenced.opener]
    closer = None if fenced.closer is None else fenced.lines[fenced.closer]
    before = fenced.lines[: fenced.opener]
    if any(line.lstrip(_SPACE).startswith(_FENCE) for line in before):
        yield "FENCE_ORDER", "another fence stands before the one that opens the block"
    if closer is None:
        yield "FENCE_UNCLOSED", "no line that is just ``` closes the block"
    if opener.endswith(b"\r"):
        yield "CRLF", "the line that opens the block ends with a carriage return"
    if any(fence is not None and fence.startswith((b" ", b"\t")) for fence in (opener, closer)):
        yield "FENCE_INDENTED", "a fence of the block is indented"
