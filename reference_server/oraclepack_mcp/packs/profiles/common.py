"""The rules of the validator that both grouped skills share for question packs (C-1 to C-10), in its order."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.packs.findings import capped
from oraclepack_mcp.packs.model import Finding, Rule
from oraclepack_mcp.packs.profiles.fences import (
    BASH_FENCE,
    FENCE,
    STEP_IDS,
    Fenced,
    Part,
    Text,
    ends_continued,
    is_comment,
    parts,
    read_text,
)
from oraclepack_mcp.packs.profiles.questions import KEYS, coverage
from oraclepack_mcp.packs.rendering import CATEGORIES
from oraclepack_mcp.packs.structure import STEP_COUNT

Mode: TypeAlias = Literal["direct", "bundle"]

HEADER: Final = re.compile(r"#\s*(\d{2})\)\s+")
"""A header as the grouped programs see it: something white must follow the parenthesis."""
STEPS_PER_CATEGORY: Final = 2
BUNDLE: Final = "_tickets_bundle"

_OUTPUT: Final = re.compile(r"(?<!\S)--write-output\s+\"([^\"]+)\"")
_ATTACHED: Final = re.compile(r"(?<!\S)(?=(?:-f|--file)\s+\"([^\"\n]*)\")")
_ANSWER_PARTS: Final = (
    "answer format:",
    "direct answer",
    "risks/unknowns",
    "next smallest concrete experiment",
    "if evidence is insufficient",
    "missing file/path pattern",
)

RULES: Final = (
    Rule("C-1", "error", "Exactly one line is ```bash in any case, white space aside, and a line ``` follows it."),
    Rule("C-2", "error", "The block holds a header '# NN)' that white space follows."),
    Rule("C-3", "error", "There are exactly 20 steps, numbered 01 to 20 in order."),
    Rule("C-4", "error", "Each header has all seven tokens, and one of the ten categories."),
    Rule(
        "C-5", "error", "Each step writes to a relative path in double quotes that holds NN-, no '..', and ends in .md."
    ),
    Rule("C-6", "error", "Each prompt names the parts of an answer."),
    Rule("C-7", "error", "No lone backslash, no comment after a continued line, no -p line without one."),
    Rule("C-8", "error", "Bundle mode only: each step mentions the ticket bundle and attaches it."),
    Rule("C-9", "error", "Each category has exactly two steps."),
    Rule("C-10", "error", "'## Coverage check' outside the block says OK or Missing(…) for each category."),
)
"""What a grouped question pack is judged by."""


def check_common(raw: bytes, mode: Mode) -> list[Finding]:
    """What the validator would refuse in a mode; after a problem with the block it looks no further."""
    text = read_text(raw)
    block = _block(text)
    if isinstance(block, Finding):
        return [block]
    steps = parts(text, block.content, HEADER)
    if not steps:
        return [Finding("NO_STEPS", "error", "C-2", "the block holds no step header such as '# 01) '")]
    return capped(chain(_numbering(steps), _questions(steps, mode), _distribution(steps), _coverage(text, block)))


def _questions(steps: list[Part], mode: Mode) -> Iterator[Finding]:
    for step in steps:
        yield from chain(_header(step), _output(step), _answer_format(step), _hazards(step))
        if mode == "bundle":
            yield from _bundle(step)


def _block(text: Text) -> Fenced | Finding:
    openers = [index for index, line in enumerate(text.lines) if line.strip().lower() == BASH_FENCE]
    if len(openers) != 1:
        message = f"expected exactly one line that is ```bash, found {len(openers)}"
        return Finding("BLOCK_COUNT", "error", "C-1", message)
    opener = openers[0]
    after = range(opener + 1, len(text.lines))
    closer = next((index for index in after if text.lines[index].strip() == FENCE), None)
    if closer is None:
        message = "no line that is just ``` closes the block"
        return Finding("FENCE_UNCLOSED", "error", "C-1", message, file_line=text.numbers[opener])
    return Fenced(opener, closer)


def _numbering(steps: list[Part]) -> Iterator[Finding]:
    if len(steps) != STEP_COUNT:
        message = f"expected exactly {STEP_COUNT} steps, found {len(steps)}"
        yield Finding("STEP_COUNT", "error", "C-3", message)
    elif wrong := next((step for step, wanted in zip(steps, STEP_IDS, strict=True) if step.id != wanted), None):
        yield wrong.fault("STEP_SEQUENCE", "C-3", f"steps are not numbered 01 to {STEP_COUNT} in order")


def _header(step: Part) -> Iterator[Finding]:
    tokens = _tokens(step)
    for key in KEYS:
        if key not in tokens:
            yield step.fault("TOKEN_MISSING", "C-4", f"the header has no {key}=", token=key)
    category = tokens.get("category")
    if category is not None and category not in CATEGORIES:
        yield step.fault("CATEGORY_UNKNOWN", "C-4", f"the category is none of {', '.join(CATEGORIES)}", token=category)


def _tokens(step: Part) -> dict[str, str]:
    """The tokens of a header, which are words; a category of two words is put together again."""
    words = step.header.split()
    tokens: dict[str, str] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        key, sign, value = word.partition("=")
        if sign:
            joined = f"{value} {following}"
            tokens[key] = joined if key == "category" and joined in CATEGORIES else value
    return tokens


def _output(step: Part) -> Iterator[Finding]:
    found = _OUTPUT.search(step.text)
    if found is None:
        yield step.fault("OUTPUT_MISSING", "C-5", 'no --write-output "..." in double quotes')
        return
    path = found[1]
    if path.startswith(("/", "~")):
        yield step.fault("OUTPUT_ABSOLUTE", "C-5", "the path of --write-output is absolute", token=path)
        return
    if ".." in path.split("/"):
        yield step.fault("OUTPUT_PARENT", "C-5", "the path of --write-output leads upwards", token=path)
    if not any(part.startswith(f"{step.id}-") for part in path.split("/")):
        yield step.fault("OUTPUT_NAME", "C-5", f"no part of --write-output starts with {step.id}-", token=path)
    if not path.endswith(".md"):
        yield step.fault("OUTPUT_SUFFIX", "C-5", "the path of --write-output does not end in .md", token=path)


def _answer_format(step: Part) -> Iterator[Finding]:
    lowered = step.text.lower()
    missing = [part for part in _ANSWER_PARTS if part not in lowered]
    if missing:
        message = f"the prompt does not name these parts of the answer: {', '.join(missing)}"
        yield step.fault("ANSWER_FORMAT", "C-6", message)


def _hazards(step: Part) -> Iterator[Finding]:
    """Lines that bash joins or parts otherwise than their author meant."""
    before = ""
    for index, line in enumerate(step.body):
        trimmed = line.strip()
        if not trimmed:
            continue
        if trimmed == "\\":
            yield step.fault("BARE_BACKSLASH", "C-7", "a line holds nothing but a backslash", index)
        if is_comment(line) and ends_continued(before):
            yield step.fault("COMMENT_CONTINUED", "C-7", "a comment follows a line that a backslash continues", index)
        if trimmed.startswith("-p ") and not ends_continued(before):
            yield step.fault("DETACHED_PROMPT", "C-7", "a -p line belongs to no continued command", index)
        before = line


def _bundle(step: Part) -> Iterator[Finding]:
    if BUNDLE not in step.text:
        yield step.fault("BUNDLE_UNUSED", "C-8", f"the step does not mention {BUNDLE}")
    if not any(BUNDLE in path for path in _ATTACHED.findall(step.text)):
        yield step.fault("BUNDLE_NOT_ATTACHED", "C-8", f'the step does not attach "...{BUNDLE}..." by -f or --file')


def _distribution(steps: list[Part]) -> Iterator[Finding]:
    users: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        users[_tokens(step).get("category", "")].append(step.id)
    wrong = [category for category in CATEGORIES if len(users[category]) != STEPS_PER_CATEGORY]
    if wrong:
        listed = "; ".join(f"{category}: {', '.join(users[category][:STEP_COUNT]) or 'none'}" for category in wrong)
        message = f"each category wants exactly {STEPS_PER_CATEGORY} steps; these have others: {listed}"
        yield Finding("CATEGORY_COUNT", "error", "C-9", message)


def _coverage(text: Text, block: Fenced) -> Iterator[Finding]:
    covered = coverage(text, block)
    if covered is None:
        yield Finding("COVERAGE_MISSING", "error", "C-10", "no '## Coverage check' outside the block")
        return
    for category in CATEGORIES:
        if category not in covered.settled:
            message = f"the coverage check has no line for {category} that says OK or Missing(...)"
            yield Finding("COVERAGE_INCOMPLETE", "error", "C-10", message, token=category)
