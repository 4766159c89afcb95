"""`calibrate`: every case with its required outcome, a line each."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import anyio

from ..api import load_catalogue
from ..calibration.cases import Case, cases
from ..calibration.reference import installed
from ..calibration.run import run_case
from ..catalogue import Catalogue
from ..policy import Exit
from .extras import demand
from .usage import UsageError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case."""

    case: Case
    wrong: str
    """What differs from the required outcome; empty if nothing does."""


def calibrate_command(only: Sequence[str], jobs: int) -> int:
    """Run the cases and return 0 if each has its required outcome, else 4: the harness is at fault."""
    demand("server", "calibration", installed=installed())
    catalogue = load_catalogue()
    chosen = [case for case in cases(catalogue) if not only or any(fnmatchcase(case.name, glob) for glob in only)]
    if not chosen:
        raise UsageError("no case has such a name")
    outcomes = anyio.run(run_cases, chosen, catalogue, jobs)
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    sys.stdout.write(f"{len(outcomes) - len(wrong)} of {len(outcomes)} cases have their required outcome\n")
    return Exit.OUR_BUG if wrong else Exit.CLEAN


async def run_cases(chosen: Sequence[Case], catalogue: Catalogue, jobs: int) -> list[Outcome]:
    """Run the cases, `jobs` at a time, and print each as it ends."""
    limiter = anyio.CapacityLimiter(jobs)
    outcomes: list[Outcome] = []

    async def one(case: Case) -> None:
        async with limiter:
            outcome = Outcome(case, await run_case(case, catalogue))
        outcomes.append(outcome)
        mark, rest = ("WRONG", f": {outcome.wrong}") if outcome.wrong else ("ok   ", "")
        sys.stdout.write(f"{mark} {case.name} (required: {case.requires}){rest}\n")
        sys.stdout.flush()

    async with anyio.create_task_group() as tasks:
        for case in chosen:
            tasks.start_soon(one, case)
    return outcomes
