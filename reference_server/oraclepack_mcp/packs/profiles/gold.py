"""The rules of the gold skill's validator for question packs (G-1 to G-8), all in its order."""

import re
from collections.abc import Iterator
from typing import Final

from oraclepack_mcp.packs.model import Finding, Rule
from oraclepack_mcp.packs.profiles.fences import STEP_IDS, Fenced, Part, Text, parts, read_text, sole_block
from oraclepack_mcp.packs.profiles.questions import KEYS, coverage
from oraclepack_mcp.packs.rendering import CATEGORIES
from oraclepack_mcp.packs.structure import STEP_COUNT

HEADER: Final = re.compile(r"#\s*(\d{2})\)?\s+")
"""A header as the gold lint sees it: the parenthesis may be missing, something white must follow on the line."""

_HEADER: Final = re.compile(r"#\s*(\d{2})\)?(?:\s|\Z)")
_VALUES: Final = {key: re.compile(rf"\b{key}=\S") for key in KEYS}
_NEXT_KEY: Final = re.compile(rf" (?:{'|'.join(key for key in KEYS if key != 'category')})=")
_OUTPUT: Final = re.compile(r"--write-output\s+(?:\"([^\"]+)\"|'([^']+)'|(\S+))")

RULES: Final = (
    Rule("G-1", "error", "Double braces do not both open and close anywhere in the file."),
    Rule("G-2", "error", "Exactly two lines start with three backticks; the first is ```bash, the second ```."),
    Rule("G-3", "error", "The block holds 20 headers '# NN)', numbered 01 to 20 in order."),
    Rule("G-4", "error", "Each header names ROI, impact, confidence, effort, horizon, category and reference."),
    Rule("G-5", "error", "Each of these has a value right behind its equals sign."),
    Rule("G-6", "error", "The category is one of the ten."),
    Rule("G-7", "error", "Each step writes to a path with a directory and a file name NN-….md."),
    Rule("G-8", "error", "Outside the block, '## Coverage check' is followed by a bullet for each category."),
)
"""What a question pack is judged by; after G-2 and G-3 it has to be a pack at all to be looked at further."""


def check_gold(raw: bytes) -> list[Finding]:
    """What the validator would refuse; after a problem with the block or the numbering it looks no further."""
    text = read_text(raw)
    block = sole_block(text, "G-2")
    if isinstance(block, Finding):
        return [block, *_placeholders(text)]
    steps = parts(text, block.content, _HEADER)
    if numbering := _numbering(steps):
        return [numbering, *_placeholders(text)]
    questions = [finding for step in steps for finding in (*_tokens(step), *_output(step))]
    return [*_placeholders(text), *questions, *_coverage(text, block)]


def _placeholders(text: Text) -> Iterator[Finding]:
    if "{{" in text.whole and "}}" in text.whole:
        yield Finding("PLACEHOLDER_UNRESOLVED", "error", "G-1", "a template placeholder {{...}} is left")


def _numbering(steps: list[Part]) -> Finding | None:
    if len(steps) != STEP_COUNT:
        message = f"expected exactly {STEP_COUNT} step headers in the block, found {len(steps)}"
        return Finding("STEP_COUNT", "error", "G-3", message)
    wrong = next((step for step, wanted in zip(steps, STEP_IDS, strict=True) if step.id != wanted), None)
    return wrong.fault("STEP_SEQUENCE", "G-3", f"steps are not numbered 01 to {STEP_COUNT} in order") if wrong else None


def _tokens(step: Part) -> Iterator[Finding]:
    for key in KEYS:
        if f"{key}=" not in step.header:
            yield step.fault("TOKEN_MISSING", "G-4", f"the header has no {key}=", token=key)
    for key, value in _VALUES.items():
        if not value.search(step.header):
            yield step.fault("TOKEN_EMPTY", "G-5", f"{key}= is missing or has no value", token=key)
    category = _NEXT_KEY.split(step.header.partition("category=")[2], maxsplit=1)[0].strip()
    if category not in CATEGORIES:
        yield step.fault("CATEGORY_UNKNOWN", "G-6", f"the category is none of {', '.join(CATEGORIES)}", token=category)


def _output(step: Part) -> Iterator[Finding]:
    found = _OUTPUT.search(step.text)
    if found is None:
        yield step.fault("OUTPUT_MISSING", "G-7", "no --write-output with a value")
        return
    path = found[1] or found[2] or found[3]
    name = path.rpartition("/")[2]
    if "/" not in path:
        yield step.fault("OUTPUT_DIRECTORY", "G-7", "the path of --write-output has no directory", token=path)
        return
    if not name.startswith(f"{step.id}-"):
        yield step.fault("OUTPUT_NAME", "G-7", f"the file of --write-output does not start with {step.id}-", token=path)
    if not name.endswith(".md"):
        yield step.fault("OUTPUT_SUFFIX", "G-7", "the file of --write-output does not end in .md", token=path)


def _coverage(text: Text, block: Fenced) -> Iterator[Finding]:
    covered = coverage(text, block)
    if covered is None:
        yield Finding("COVERAGE_MISSING", "error", "G-8", "no '## Coverage check' outside the block")
    elif missing := [category for category in CATEGORIES if category not in covered.categories]:
        yield Finding("COVERAGE_INCOMPLETE", "error", "G-8", f"the coverage check does not list {', '.join(missing)}")
