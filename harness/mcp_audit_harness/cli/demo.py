"""`demo` and `serve-reference`: the reference server as a child process."""

import subprocess
from collections.abc import Sequence

from ..calibration.reference import PROGRAM, http_reference, installed
from ..model import HttpTarget
from ..policy import FailOn, Options
from .audit import Output, audit_command
from .usage import UsageError


def demo_command(output: Output, faults: Sequence[str], fail_on: FailOn) -> int:
    """Start the reference server on a free loopback port, audit it, stop it, return the exit code."""
    _demand_server()
    with http_reference(faults) as url:
        return audit_command(HttpTarget(url), Options(), output, fail_on, strict=False)


def serve_reference_command(words: Sequence[str]) -> int:
    """Run the reference server in the foreground with the words given."""
    _demand_server()
    return subprocess.call([*PROGRAM, *words])  # noqa: S603 - our own interpreter and module


def _demand_server() -> None:
    if not installed():
        raise UsageError("the reference server is not installed; install mcp-audit[server]")
