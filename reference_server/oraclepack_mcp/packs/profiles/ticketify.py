"""The rules of the ticketify skill's script for ticket action packs (T-3 to T-8).

The script stops at its first problem; here all are reported, and the first is the one that it would name.
"""

import re
from collections.abc import Iterator
from typing import Final

from oraclepack_mcp.packs.findings import capped
from oraclepack_mcp.packs.model import Finding, Rule
from oraclepack_mcp.packs.profiles.fences import Fenced, Part, Text, parts, read_text
from oraclepack_mcp.packs.structure import STEP_COUNT

_FENCE: Final = re.compile(r"```(\w*)\s*\Z")
_BARE_HEADER: Final = re.compile(r"#\s+(\d{2})\)\s*\Z")
_HEADER: Final = re.compile(r"#\s+([0-9]{2})\)")
_NAME: Final = re.compile(r"__[A-Z][A-Z0-9_]*__")
_BOTH_FENCES: Final = 2

RULES: Final = (
    Rule("T-3", "error", "No template placeholder is left, neither in double braces nor as __NAME__."),
    Rule("T-4", "error", "There are exactly two fence lines: three backticks at the line's start, perhaps a word."),
    Rule("T-5", "error", "The first fence says bash."),
    Rule("T-6", "error", "The second fence says nothing."),
    Rule("T-7", "error", "The block holds 20 headers '# NN)'; a title may follow."),
    Rule("T-8", "error", "Headers are numbered 01 to 20 in order."),
)
"""What a ticket action pack is judged by."""


def check_ticketify(raw: bytes, *, strict_legacy: bool = False) -> list[Finding]:
    """What is wrong with a ticket action pack.

    With `strict_legacy` there is a finding exactly where the script would refuse the file: it wants headers without
    titles, although the skill's own template has them, and overlooks placeholders such as `__NAME__`.
    """
    text = read_text(raw)
    findings = list(_placeholders(text))
    if not strict_legacy:
        findings += capped(_names(text))
    fences = [(index, found[1]) for index, line in enumerate(text.lines) if (found := _FENCE.match(line))]
    if len(fences) != _BOTH_FENCES:
        message = f"expected exactly one pair of fence lines, found {len(fences)} fence lines"
        return [*findings, Finding("FENCE_COUNT", "error", "T-4", message)]
    (opener, language), (closer, suffix) = fences
    if language != "bash":
        message = "the block is not fenced as ```bash"
        findings.append(Finding("FENCE_OPENING", "error", "T-5", message, file_line=text.numbers[opener]))
    if suffix:
        message = "the closing fence is not plain ```"
        findings.append(Finding("FENCE_CLOSING", "error", "T-6", message, file_line=text.numbers[closer]))
    header = _BARE_HEADER if strict_legacy else _HEADER
    return findings + list(_numbering(parts(text, Fenced(opener, closer).content, header)))


def _placeholders(text: Text) -> Iterator[Finding]:
    if "{{" in text.whole and "}}" in text.whole:
        yield Finding("PLACEHOLDER_UNRESOLVED", "error", "T-3", "a template placeholder {{...}} is left")


def _names(text: Text) -> Iterator[Finding]:
    for index, line in enumerate(text.lines):
        if found := _NAME.search(line):
            message = f"the template placeholder {found[0]} is left"
            file_line = text.numbers[index]
            yield Finding("PLACEHOLDER_UNRESOLVED", "error", "T-3", message, file_line=file_line, token=found[0])


def _numbering(steps: list[Part]) -> Iterator[Finding]:
    if len(steps) != STEP_COUNT:
        message = f"expected {STEP_COUNT} step headers in the block, found {len(steps)}"
        yield Finding("STEP_COUNT", "error", "T-7", message)
    elif wrong := next((step for wanted, step in enumerate(steps, start=1) if int(step.id) != wanted), None):
        yield wrong.fault("STEP_SEQUENCE", "T-8", f"steps are not numbered 01 to {STEP_COUNT} in order")
