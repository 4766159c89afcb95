"""How what fuzzing found in the protocol becomes verdicts."""

import json
from typing import Any, Final

from mcp_audit_harness.declare import Verdicts
from mcp_audit_harness.model import failed, not_applicable, not_observed, passed
from mcp_audit_harness.model.fuzzing import Fuzzed, FuzzFailure

_SHOWN: Final = 200
_MOST: Final = 10


def judged(seen: Fuzzed, oracle: str) -> Verdicts:
    """Judge by one oracle: a FAIL for each cause that showed twice beside an ordinary answer."""
    found = [failure for failure in seen.failures if failure.oracle == oracle]
    sure = [
        failed(_sentence(failure), *failure.exchanges, failure.control, subject=_subject(failure))
        for failure in found
        if failure.again and failure.control is not None and failure.control.ok
    ]
    if sure:
        return sure[:_MOST]
    if found:
        evidence = [exchange for exchange in (*found[0].exchanges, found[0].control) if exchange is not None]
        return not_observed("something looked bad once, and not a second time in a session of its own", *evidence)
    played = [operation for operation in seen.operations if operation.cases]
    if not played:
        notes = [operation.note for operation in seen.operations if operation.note]
        return not_observed("; ".join(notes)) if notes else not_applicable("there is nothing to fuzz")
    samples = [sample for operation in played for sample in operation.samples if sample.answered]
    return passed(*samples) if samples else not_observed("no answer was recorded")


def _subject(failure: FuzzFailure) -> str:
    """Return one subject for each cause, so that baselines keep them apart."""
    slug = "".join(letter if letter.isalnum() else "-" for letter in failure.cause.lower())
    return f"{failure.subject}:{'-'.join(part for part in slug.split('-') if part)[:60]}"


def _sentence(failure: FuzzFailure) -> str:
    return f"{failure.message} The smallest case: {_shown(failure.minimal)}"


def _shown(minimal: Any) -> str:
    """Return a case as a reader sees it, bounded."""
    if isinstance(minimal, dict) and "text" in minimal:
        headers = "".join(f", {name}: {value}" for name, value in minimal.get("headers", {}).items())
        text = f"{minimal['text']}{headers}"
    elif isinstance(minimal, dict) and "steps" in minimal:
        text = ", ".join(str(step) for step in minimal["steps"])
    else:
        text = json.dumps(minimal)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
