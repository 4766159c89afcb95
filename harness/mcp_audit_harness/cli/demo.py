"""`demo` and `serve-reference`: the reference server as a child process."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace

from ..api import load_catalogue
from ..calibration.loads import consent_to, load_of
from ..calibration.reference import PROGRAM, bench_options, http_reference, installed
from ..declare import Bench
from ..model import Impact
from ..policy import FailOn, Profile
from .audit import Output, audit_command
from .extras import demand
from .load import demand_extra
from .targets import make_options


def demo_command(output: Output, faults: Sequence[str], fail_on: FailOn) -> int:
    """Start the reference server on a free loopback port, audit it, stop it, return the exit code."""
    _demand_server()
    chosen = [check for check in load_catalogue().checks if check.id in faults]
    scenarios = [check.scenario for check in chosen]
    load = next((check.id for check in chosen if check.scenario.load), "")
    bench = max((found.bench for found in scenarios), key=tuple(Bench).index, default=Bench.DEFAULT)
    impact = max((found.impact for found in scenarios), default=Impact.PROBING)
    deep = any(found.deep for found in scenarios)
    options = bench_options(make_options(profile=Profile.DEEP if deep else Profile.STANDARD), bench, impact)
    if load:
        demand_extra()
        options = replace(options, only=("load/*",), load=load_of(load), consent=consent_to(options.consent))
    with http_reference(faults, bench) as target:
        return audit_command(target, options, output, fail_on, strict=False)


def serve_reference_command(words: Sequence[str]) -> int:
    """Run the reference server in the foreground with the words given."""
    _demand_server()
    return subprocess.call([*PROGRAM, *words])  # noqa: S603 - our own interpreter and module


def _demand_server() -> None:
    demand("server", "the reference server", installed=installed())
