"""What is wrong with a state or report file that can be read: whose it is, and what its steps say."""

import re
from dataclasses import dataclass
from typing import Final, cast

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.model import STEP_STATES, Problem, ProblemCode, RunState
from oraclepack_mcp.security.roots import Location

HASH_PREFIX: Final = "sha256:"

_STEP_ID: Final = re.compile(r"[0-9]{2}\Z")


@dataclass(frozen=True, slots=True)
class PackFacts:
    """What has to be known about a pack to judge its files; `hash` is None where the pack is gone."""

    location: Location
    hash: str | None
    step_ids: frozenset[str]


def orphan(facts: PackFacts) -> list[Problem]:
    """Say so where the pack is gone."""
    return [Problem("STATE_ORPHAN", f"there is no pack {facts.location.id}")] if facts.hash is None else []


def other_text(facts: PackFacts, hash_: str) -> list[Problem]:
    """Say so where the file is about another text of the pack; the empty hash of the original says nothing."""
    if not hash_ or facts.hash is None or hash_ == facts.hash:
        return []
    return [Problem("STATE_STALE", f"{facts.location.id} has changed since this was written")]


def stranger(pack: Location, state: RunState) -> Problem | None:
    """Say so where the state was stored for another pack of the same base name."""
    if state.x_ref is None or not state.x_ref.pack or state.x_ref.pack == pack.id:
        return None
    return Problem("STATE_STALE", f"the stored state belongs to another pack than {pack.id}")


def step_problems(facts: PackFacts, statuses: dict[str, str]) -> list[Problem]:
    """What is odd about step ids and statuses; the original takes any text for either."""
    problems: list[Problem] = []
    for key in sorted(statuses):
        if not _STEP_ID.match(key) or (facts.step_ids and key not in facts.step_ids):
            problems.append(Problem("STATE_ODD_STEP_ID", f"the pack has no step {key[:40]!r}", key))
        if statuses[key] not in STEP_STATES:
            problems.append(Problem("STATE_UNKNOWN_STATUS", f"{statuses[key][:40]!r} is no status", key))
    return problems


def is_stale(problems: list[Problem]) -> bool:
    """Whether a file is about another pack, or another text of it."""
    return any(problem.code == "STATE_STALE" for problem in problems)


def as_problem(error: DomainError) -> Problem:
    """Why a file could not be read, as data."""
    return Problem(cast("ProblemCode", error.code), error.sentence)
