"""The clean reference server under many seeds: nothing may be found.

python -m tests.fuzz.clean --seeds 20 --cases 1000 --revision 2026-07-28
"""

import argparse
import sys
import time

import anyio
from mcp_audit_harness.declare import Bench
from mcp_audit_harness.model import Revision, Status

from tests.benches import served
from tests.fuzz.searching import fuzzed


def main() -> int:
    """Fuzz with each seed; the exit code is 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds, from 0 on")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--cases", type=int, default=1000, help="cases for each seed")
    parser.add_argument("--revision", type=Revision, default=Revision.V2026_07_28)
    parser.add_argument("--bench", type=Bench, default=Bench.PLANTED)
    parser.add_argument("--tool", action="append", default=[], help="call only such tools (repeatable)")
    given = parser.parse_args()
    found = sum([anyio.run(_one, given, seed) for seed in range(given.first, given.first + given.seeds)])
    sys.stdout.write(f"{given.seeds} seeds, {found} failures\n")
    return min(1, found)


async def _one(given: argparse.Namespace, seed: int) -> int:
    begun = time.monotonic()
    with served((), given.bench) as target:
        facts, report = await fuzzed(
            target, bench=given.bench, cases=given.cases, seed=seed, revision=given.revision, tools=given.tool
        )
    seconds = time.monotonic() - begun
    cases = sum(operation.cases for operation in facts.operations)
    searching = max((operation.seconds for operation in facts.operations), default=0.0)
    wrong = [result for result in report.results if result.status in {Status.FAIL, Status.ERROR}]
    lines = [f"seed {seed}: {cases} cases in {seconds:.1f} s (longest search {searching:.1f} s), {len(wrong)} failures"]
    lines += [f"  {failure.oracle} {failure.subject} {failure.cause} {failure.minimal}" for failure in facts.failures]
    lines += [f"  {result.status} {result.check} {result.message}" for result in wrong]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return len(facts.failures) + len(wrong)


if __name__ == "__main__":
    sys.exit(main())
