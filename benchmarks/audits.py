"""How long an audit takes: `mcp-audit` beside the official conformance suite, on the same running server.

    python -m benchmarks.audits [--quick] [--write] [--environments DIR]

The target is the reference server with the fixtures that the official suite asks for. Both audit the same revisions. A
check counts once it has judged something: passed or failed at `mcp-audit`; success, failure or warning at the suite.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conformance import official_suite

from .installed import SUITE, add_option, suite
from .measuring import publish, ratio, run, table
from .servers import Server, posts, reference_server

REVISIONS: Final = tuple(official_suite.SCORED)
_JUDGED: Final = frozenset({"pass", "fail"})
_OF_SUITE: Final = "of the suite"
_COLUMNS: Final = (
    "program",
    "seconds",
    "core-seconds",
    "requests",
    "checks",
    "checks/s",
    _OF_SUITE,
    "checks per core-second",
    _OF_SUITE,
)


@dataclass(frozen=True, slots=True)
class Audit:
    """What one audit took and gave."""

    seconds: float
    cpu_s: float
    requests: float
    checks: int
    """Those that judged."""


def ours(server: Server, profile: str, directory: Path) -> Audit:
    """Audit with a profile of `mcp-audit`; findings are no failure here."""
    out, before = directory / f"mcp-audit-{profile}", posts(server)
    revisions = [option for revision in REVISIONS for option in ("--revision", revision)]
    program = str(Path(sys.executable).with_name("mcp-audit"))
    options = ("--profile", profile, "--call", "all", *revisions, "--out", str(out), "--quiet")
    ended = run((program, "run", server.url, *options), directory)
    if ended.status not in {0, 1}:
        raise RuntimeError(ended.output[-2000:])
    results = json.loads((out / "report.json").read_text(encoding="utf-8"))["results"]
    judged = sum(result["status"] in _JUDGED for result in results)
    return Audit(ended.seconds, ended.cpu_s, posts(server) - before, judged)


def official(server: Server, package: Path, directory: Path) -> Audit:
    """Run what the official suite scores, and what it does not, one revision after the other."""
    node = official_suite.node_directory()
    before, started, used = posts(server), time.perf_counter(), _cpu_of_children()
    ran = [official_suite.run(node, package, server.url, revision, directory / revision) for revision in REVISIONS]
    seconds, cpu_s = time.perf_counter() - started, _cpu_of_children() - used
    outcomes = [outcome for of_revision in ran for outcome in of_revision]
    checks = sum(each.successes + len(each.failures) + len(each.warnings) for each in outcomes)
    if not checks:
        raise RuntimeError("the official suite judged nothing")
    return Audit(seconds, cpu_s, posts(server) - before, checks)


def tabulated(audits: dict[str, Audit], base: Audit) -> str:
    """The Markdown of all audits."""
    rows = []
    for name, audit in audits.items():
        rate, thrift = audit.checks / audit.seconds, audit.checks / audit.cpu_s
        numbers = [f"{audit.seconds:.1f}", f"{audit.cpu_s:.1f}", f"{audit.requests:.0f}", str(audit.checks)]
        compared = [f"{rate:.1f}", ratio(rate, base.checks / base.seconds)]
        rows.append([name, *numbers, *compared, f"{thrift:.1f}", ratio(thrift, base.checks / base.cpu_s)])
    return table(_COLUMNS, rows)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    add_option(parser)
    parser.add_argument("--quick", action="store_true", help="leave the standard profile out")
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results")
    args = parser.parse_args()
    profiles = ("quick",) if args.quick else ("quick", "standard")
    with tempfile.TemporaryDirectory(prefix="audits-") as name, reference_server("diagnostics") as server:
        base = official(server, suite(args.environments), Path(name))
        audits = {SUITE: base}
        audits |= {f"mcp-audit --profile {profile}": ours(server, profile, Path(name)) for profile in profiles}
    preface = f"The reference server with fixtures, over Streamable HTTP, at {' and '.join(REVISIONS)}."
    publish("audits", f"{preface}\n\n{tabulated(audits, base)}", write=args.write)


if __name__ == "__main__":
    main()
