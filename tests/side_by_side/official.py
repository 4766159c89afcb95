"""The official suite and `mcp-audit` on the same three targets: `python -m tests.side_by_side.official DIR`.

One target is a closed port, one a correct server with two tools that nobody prepared for either program, and one the
reference server with the fixtures that the suite asks for by name. DIR keeps the suite and its results. The suite runs
by its own command, `conformance server --url URL --requirements REVISION`; what counts is what it wrote.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conformance import official_suite
from tests.correct_server_http import HandshakeServer, StatelessServer
from tests.servers import serving

_PROGRAM = (sys.executable, "-c", "from mcp_audit_harness.cli import main; main()")
_CLOSED = "a port on which nobody listens"
_CORRECT = "a correct server with two tools"
_PREPARED = "the reference server with the fixtures of the suite"


def main(directory: Path) -> int:
    """Print a table in Markdown."""
    directory.mkdir(parents=True, exist_ok=True)
    node = official_suite.node_directory()
    suite = official_suite.install(node, directory)
    head = ("Target", "Revision", "Official suite: scenarios passed", "checks: success/failure", "`mcp-audit`")
    sys.stdout.write(f"{official_suite.SUITE} {official_suite.VERSION}\n\n")
    sys.stdout.write(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}\n")
    for revision, count in official_suite.SCORED.items():
        for name in (_CLOSED, _CORRECT, _PREPARED):
            place = directory / f"{revision}-{name.split()[1]}"
            place.mkdir(exist_ok=True)
            with _target(name, revision, place) as url:
                outcomes = official_suite.run(node, suite, url, revision, place / "results")
                said = _ours(url, revision, place)
            scored = [outcome for outcome in outcomes if outcome.scored]
            successes = sum(outcome.successes for outcome in scored)
            failures = sum(len(outcome.failures) for outcome in scored)
            passed = sum(outcome.passed for outcome in scored)
            cells = (name, revision, f"{passed} of {count}", f"{successes}/{failures}", said)
            sys.stdout.write(f"| {' | '.join(cells)} |\n")
            sys.stdout.flush()
    return 0


@contextmanager
def _target(name: str, revision: str, place: Path) -> Iterator[str]:
    if name == _CLOSED:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        yield f"http://127.0.0.1:{port}/mcp"
    elif name == _CORRECT:
        app = StatelessServer() if revision == max(official_suite.SCORED) else HandshakeServer()
        with serving(app, http="h11") as url:  # as the tests do
            yield f"{url}/mcp"
    else:
        with official_suite.serving(place) as url:
            yield url


def _ours(url: str, revision: str, place: Path) -> str:
    words = ("run", url, "--revision", revision, "--call", "all", "--fail-on", "low", "--quiet", "--out", str(place))
    ended = subprocess.run([*_PROGRAM, *words], cwd=place, check=False, capture_output=True, text=True)
    if ended.returncode not in {0, 1}:
        return f"exit {ended.returncode}, no check judged"
    report = json.loads((place / "report.json").read_text(encoding="utf-8"))
    verdicts = [result["status"] for result in report["results"]]
    counts = ", ".join(f"{verdicts.count(status)} {word}" for status, word in _WORDS)
    return f"exit {ended.returncode}: {counts}"


_WORDS = (
    ("pass", "pass"),
    ("fail", "fail"),
    ("not_applicable", "not applicable"),
    ("not_observed", "not observed"),
    ("error", "error"),
)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
