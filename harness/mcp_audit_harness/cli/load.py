"""`load`: an audit by the checks that load the target, as one profile says."""

import sys
from collections.abc import Sequence
from pathlib import Path

from mcp_audit_reports import read_load, render_load_html

from ..api import load_catalogue
from ..catalogue import LoadProfile
from ..load.comparing import foreign
from ..load.plan import Profile, ProfileError, gathering_s
from ..load.scaling import scaled
from ..load.settings import LoadSettings
from ..model import Target
from ..model.loading import LoadRun
from ..policy import Exit, FailOn, Options
from .audit import Output, Page, audit_command
from .extras import demand, importable
from .files import read_bytes, writing_to
from .usage import UsageError

_BESIDES_S = 180.0
"""For all of a run that is not load: understanding the target, ordinary requests, late answers, the report."""


def load_settings(
    *,
    profile: str,
    rate: float | None,
    duration_s: float | None,
    clients: int | None,
    seed: int,
    processes: int,
    expect_workers: int,
    master_bind: str,
    web_port: int,
    metrics_port: int,
    baseline: Path | None,
    hosts: Sequence[str],
) -> LoadSettings:
    """Return the settings of a run; raises UsageError for a profile, an address or a baseline that is none.

    `profile` is the name of one, or a TOML file.
    """
    try:
        found = scaled(_profiles()(profile), rate=rate, duration_s=duration_s, clients=clients)
    except ProfileError as error:
        raise UsageError(str(error)) from error
    return LoadSettings(
        profile=found,
        seed=seed,
        processes=processes,
        expect_workers=expect_workers,
        master_bind=address(master_bind),
        web_port=web_port,
        metrics_port=metrics_port,
        baseline=_baseline(baseline, found),
        hosts=tuple(hosts),
    )


def budget_s(settings: LoadSettings) -> float:
    """Return how long a run may take at all revisions it is held at, in seconds."""
    gathering = gathering_s(settings.processes, settings.expect_workers)
    return gathering + settings.profile.longest_s + _BESIDES_S


def address(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`; raises UsageError for what is none."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise UsageError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def load_command(target: Target, options: Options, output: Output, fail_on: FailOn, *, strict: bool) -> int:
    """Load the target, write the reports, `load.html` among them, and return the exit code."""
    demand_extra()
    return audit_command(target, options, output, fail_on, strict=strict, page=Page("load.html", render_load_html))


def profiles_command() -> int:
    """Say what profiles there are."""
    profile = _profiles()
    for name in load_catalogue().load_profiles:
        sys.stdout.write(f"{name:16}  {profile(name).title}\n")
    return Exit.CLEAN


def worker_command(master: str, hosts: Sequence[str]) -> int:
    """Produce load for a master elsewhere until it ends; raises UsageError for an address that is none."""
    demand_extra()
    from ..load.workers import serve_worker  # noqa: PLC0415 - start-up time

    return Exit.CLEAN if serve_worker(*address(master), hosts) == 0 else Exit.NOT_AUDITED


def dashboards_command(directory: Path, metrics_port: int) -> int:
    """Write the dashboards and what starts them; raises UsageError if that cannot be done."""
    from ..load.dashboards import METRICS_PORT, write_dashboards  # noqa: PLC0415 - start-up time

    with writing_to(directory):
        write_dashboards(directory, metrics_port=metrics_port or METRICS_PORT)
    sys.stderr.write(f"dashboards in {directory}/\n")
    return Exit.CLEAN


def demand_extra() -> None:
    """Raise UsageError without the extra."""
    demand("load", "load", installed=importable("locust", "hdrh", "prometheus_client"))


def _profiles() -> LoadProfile:
    """Return what reads profiles by name; raises UsageError where none are installed."""
    catalogue = load_catalogue()
    if catalogue.load_profile is None:
        raise UsageError("no load profiles are installed")
    return catalogue.load_profile


def _baseline(path: Path | None, profile: Profile) -> LoadRun | None:
    if path is None:
        return None
    try:
        earlier = read_load(read_bytes(path))
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from error
    if reason := foreign(earlier, profile.name, profile.arrivals, profile.clients):
        raise UsageError(f"{path}: {reason}")
    return earlier
