"""The runner's rules for the numbering of steps (V-01 to V-03)."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from oraclepack_mcp.packs.findings import capped
from oraclepack_mcp.packs.model import Finding, Pack, Step

STEP_COUNT: Final = 20


def check_structure(pack: Pack) -> list[Finding]:
    """Every problem with lines and numbering; the first one is the one that the original reports, in its words."""
    return capped(chain(_lines(pack), _numbering(pack.steps)))


def _lines(pack: Pack) -> Iterator[Finding]:
    for line in pack.long_lines:
        message = "the original runner stops reading at a line of 65,536 bytes or more"
        yield Finding("LINE_TOO_LONG", "error", "P-06", message, file_line=line)


def _numbering(steps: list[Step]) -> Iterator[Finding]:
    if not steps:
        yield Finding("NO_STEPS", "error", "V-01", "at least one step is required")
        return
    if len(steps) != STEP_COUNT:
        yield Finding("STEP_COUNT", "error", "V-02", f"expected exactly {STEP_COUNT} steps, got {len(steps)}")
    seen: set[int] = set()
    for position, step in enumerate(steps, start=1):
        if problem := _number_problem(step, position, seen):
            code, message = problem
            yield Finding(code, "error", "V-03", message, step_id=step.id, file_line=step.first_line - 1)
        seen.add(step.number)


def _number_problem(step: Step, position: int, seen: set[int]) -> tuple[str, str] | None:
    if step.number <= 0:
        return "STEP_NUMBER", f"invalid step number {step.number}"
    if step.number in seen:
        return "STEP_DUPLICATE", f"duplicate step number {step.number}"
    if step.number != position:
        sentence = f"steps must be sequential starting from 1 (expected {position}, got {step.number})"
        return "STEP_SEQUENCE", sentence
    return None
