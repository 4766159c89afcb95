"""`demo` and `serve-reference`: the reference server as a child process."""

import subprocess
from collections.abc import Sequence

from ..api import load_catalogue
from ..calibration.reference import PROGRAM, http_reference, installed
from ..declare import Bench
from ..model import Call, Consent
from ..policy import FailOn, Options
from .audit import Output, audit_command
from .usage import UsageError


def demo_command(output: Output, faults: Sequence[str], fail_on: FailOn) -> int:
    """Start the reference server on a free loopback port, audit it, stop it, return the exit code."""
    _demand_server()
    bench = _bench_of(faults)
    consent = Consent() if bench is Bench.DEFAULT else Consent(call=Call.ALL)
    with http_reference(faults, bench) as target:
        return audit_command(target, Options(consent=consent), output, fail_on, strict=False)


def serve_reference_command(words: Sequence[str]) -> int:
    """Run the reference server in the foreground with the words given."""
    _demand_server()
    return subprocess.call([*PROGRAM, *words])  # noqa: S603 - our own interpreter and module


def _bench_of(faults: Sequence[str]) -> Bench:
    """Return the bench on which the check of a fault has something to see; its tools do no harm."""
    benches = [check.scenario.bench for check in load_catalogue().checks if check.id in faults]
    return max(benches, key=tuple(Bench).index, default=Bench.DEFAULT)


def _demand_server() -> None:
    if not installed():
        raise UsageError("the reference server is not installed; install mcp-audit[server]")
