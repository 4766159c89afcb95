"""Audits every hostile server and prints what it achieved: `python -m tests.hostile.measure [NAME…]`."""

import argparse
import sys
from pathlib import Path

from .servers import GRACE_S, HTTP, MEMORY_MIB, STDIO, Outcome, attempt


def main() -> int:
    """Print the table; returns 1 if any server achieved anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="servers; all, if none is named")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds for each audit")
    parser.add_argument("--keep", type=Path, help="a directory for what each audit wrote")
    given = parser.parse_args()
    names = given.names or [*HTTP, *STDIO]
    say(f"Budget {given.budget:g} s, grace {GRACE_S:g} s, memory {MEMORY_MIB:g} MiB.\n")
    say("| Server | Transport | Exit code | Time (s) | Processor (s) | Peak memory (MiB) |")
    say("|---|---|---|---|---|---|")
    outcomes = []
    for name in names:
        outcome = attempt(name, budget_s=given.budget, keep=given.keep)
        outcomes.append(outcome)
        say(_row(outcome))
    wrong = [fault for outcome in outcomes for fault in outcome.wrong(given.budget)]
    slowest = max(outcome.ended.elapsed_s for outcome in outcomes)
    largest = max(outcome.ended.growth_mib for outcome in outcomes)
    say(f"\n{len(outcomes)} servers; longest {slowest:.1f} s; most memory {largest:.0f} MiB (bound {MEMORY_MIB:g});")
    say(f"{len(wrong)} things went wrong" + "".join(f"\n- {fault}" for fault in wrong))
    return 1 if wrong else 0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _row(outcome: Outcome) -> str:
    end = outcome.ended
    transport = "stdio" if outcome.name in STDIO else "HTTP"
    code = "killed" if end.exit_code is None else end.exit_code
    return f"| {outcome.name} | {transport} | {code} | {end.elapsed_s:.1f} | {end.cpu_s:.1f} | {end.growth_mib:.0f} |"


if __name__ == "__main__":
    sys.exit(main())
