"""The gold skill's lint of attachments (L-1, L-2); it first wants the block and the headers of the gold validator."""

import re
from collections.abc import Iterator
from typing import Final

from oraclepack_mcp.packs.findings import capped
from oraclepack_mcp.packs.model import Finding, Rule
from oraclepack_mcp.packs.profiles.fences import Part, is_comment, parts, read_text, sole_block
from oraclepack_mcp.packs.profiles.gold import HEADER

MAX_ATTACHMENTS: Final = 2

_ATTACHMENT: Final = re.compile(r"(?<!\S)(?:-f|--file)(?!\S)")
_REFERENCE: Final = re.compile(r"\breference=(\S+)")
_REQUESTS: Final = (("missing file/path pattern", ""), ("missing file", "pattern"), ("attach next", ""))
"""Phrases that ask for what is missing, in lower case: a beginning, and what has to follow on the same line."""

RULES: Final = (
    Rule("L-G2", "error", "As G-2, for the lint."),
    Rule("L-G3", "error", "The block holds at least one header that the lint knows."),
    Rule("L-1", "error", "A step attaches at most two files by -f or --file."),
    Rule("L-2", "error", "A step with reference=Unknown asks for the missing file or path pattern to attach next."),
)
"""What attachments are judged by."""


def check_gold_lint(raw: bytes) -> list[Finding]:
    """What the lint would refuse, in its order."""
    text = read_text(raw)
    block = sole_block(text, "L-G2")
    if isinstance(block, Finding):
        return [block]
    steps = parts(text, block.content, HEADER)
    if not steps:
        return [Finding("NO_STEPS", "error", "L-G3", "the block holds no step header")]
    return capped(finding for step in steps for finding in _step(step))


def _step(step: Part) -> Iterator[Finding]:
    attachments = sum(len(_ATTACHMENT.findall(line)) for line in step.body if not is_comment(line))
    if attachments > MAX_ATTACHMENTS:
        message = f"{attachments} attachments; at most {MAX_ATTACHMENTS} are allowed"
        yield step.fault("ATTACHMENTS", "L-1", message)
    if _is_unknown(step) and not any(_asks(line.lower()) for line in (step.header, *step.body)):
        message = "reference=Unknown, but the prompt asks for no missing file or path pattern to attach next"
        yield step.fault("REQUEST_MISSING", "L-2", message)


def _is_unknown(step: Part) -> bool:
    found = _REFERENCE.search(step.header)
    return found is not None and found[1].lower() == "unknown"


def _asks(line: str) -> bool:
    for beginning, rest in _REQUESTS:
        _, found, following = line.partition(beginning)
        if found and rest in following:
            return True
    return "pattern" in line.partition("name the exact missing")[2]
