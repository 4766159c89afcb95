"""Which steps of a pack a run is about (rules X-09, X-10, section 2.8)."""

import re
from collections.abc import Iterable
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.model import Step
from oraclepack_mcp.runs.model import NotRun, NotRunReason, RunOptions, RunState

_SELECTOR: Final = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?\Z")


def select(steps: list[Step], options: RunOptions, state: RunState) -> tuple[list[Step], list[NotRun]]:
    """The steps to run, and the others with the reason, both in file order; the filter comes before the mode.

    Raises:
        DomainError: INVALID_ARGUMENT, the options name steps that the pack does not have, or none where they have to.
    """
    wanted = _wanted(steps, options, state)
    reasons = {step.id: _reason(step, options, wanted) for step in steps}
    return (
        [step for step in steps if reasons[step.id] is None],
        [NotRun(step_id, reason) for step_id, reason in reasons.items() if reason is not None],
    )


def expand(selectors: Iterable[str], existing: Iterable[str]) -> frozenset[str]:
    """The step ids that numbers and ranges mean, such as `1`, `03-05` or `01,03-05`; both ends belong to a range.

    Raises:
        DomainError: INVALID_ARGUMENT.
    """
    known = frozenset(existing)
    found: set[str] = set()
    for selector in (part.strip() for text in selectors for part in text.split(",")):
        match = _SELECTOR.match(selector)
        if match is None:
            raise DomainError("INVALID_ARGUMENT", f"steps are given like 01 or 03-05, not {selector[:40]!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        numbers = {f"{number:02d}" for number in range(first, last + 1)}
        if absent := sorted(numbers - known):
            raise DomainError("INVALID_ARGUMENT", f"the pack has no step {absent[0]}")
        if not numbers:
            raise DomainError("INVALID_ARGUMENT", f"the range {selector} ends before it starts")
        found |= numbers
    return frozenset(found)


def _wanted(steps: list[Step], options: RunOptions, state: RunState) -> frozenset[str]:
    ids = [step.id for step in steps]
    statuses = {key: status.status for key, status in (state.step_statuses or {}).items()}
    match options.mode:
        case "all":
            return frozenset(ids)
        case "failed":
            return frozenset(key for key in ids if statuses.get(key) in {"failed", "running"})
        case "pending":
            return frozenset(key for key in ids if statuses.get(key, "pending") == "pending")
        case "resume":
            return frozenset(key for key in ids if statuses.get(key) != "success")
        case "steps":
            if not options.steps:
                raise DomainError("INVALID_ARGUMENT", "mode steps needs the steps to run")
            return expand(options.steps, ids)
        case "from":
            if options.from_step is None:
                raise DomainError("INVALID_ARGUMENT", "mode from needs from_step")
            first = next(iter(expand([options.from_step], ids)))
            return frozenset(key for key in ids if key >= first)


def _reason(step: Step, options: RunOptions, wanted: frozenset[str]) -> NotRunReason | None:
    if not _passes(step.roi, options):
        return "filtered"
    if step.id in wanted:
        return None
    return "already_succeeded" if options.mode == "resume" else "not_selected"


def _passes(roi: float, options: RunOptions) -> bool:
    """Whether a step lies on the wanted side of the threshold; one of zero or less filters nothing."""
    threshold = options.roi_threshold
    if threshold is None or threshold <= 0:
        return True
    return roi < threshold if options.roi_mode == "under" else roi >= threshold
