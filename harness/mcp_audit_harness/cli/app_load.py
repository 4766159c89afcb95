"""The command that loads a server, as thin as it can be."""

from pathlib import Path
from typing import Annotated

import typer

from ..policy import FailOn, Profile
from . import options as given


def load(  # noqa: PLR0917 - a command takes its options as parameters
    context: typer.Context,
    target: given.Target = None,
    profile: Annotated[str, typer.Option(help="A load profile (see --list-profiles), or a TOML file.")] = "smoke",
    rate: Annotated[float | None, typer.Option(min=0.1, help="Requests a second at the profile's highest.")] = None,
    duration: Annotated[float | None, typer.Option(min=1, help="Seconds in all, without the warm-up.")] = None,
    clients: Annotated[int | None, typer.Option(min=1, help="Clients at a time.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Generators on this machine.")] = 1,
    baseline: Annotated[Path | None, typer.Option(help="A report.json of an earlier run to compare with.")] = None,
    i_am_authorized: Annotated[
        list[str] | None, typer.Option(help="A host besides this machine that you may load (repeatable).")
    ] = None,
    web: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1 of Locust's web UI.")] = 0,
    metrics: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1 for Prometheus.")] = 0,
    expect_workers: Annotated[int, typer.Option(min=0, help="Wait for so many workers from elsewhere.")] = 0,
    master_bind: Annotated[str, typer.Option(help="HOST:PORT on which workers are awaited.")] = "127.0.0.1:5557",
    worker: Annotated[str, typer.Option(help="Produce load for the master at HOST:PORT.")] = "",
    list_profiles: Annotated[bool, typer.Option("--list-profiles", help="Say what profiles there are.")] = False,
    write_dashboards: Annotated[Path | None, typer.Option(help="Write Grafana's dashboards there.")] = None,
    revision: given.Revisions = None,
    call: given.Call = "readonly",
    tool: given.Tools = None,
    seed: given.Seed = 0,
    timeout: given.Timeout = 10.0,
    header: given.Headers = None,
    header_env: given.HeaderEnv = None,
    bearer_env: given.BearerEnv = None,
    issuer_key: given.IssuerKey = "",
    insecure: given.Insecure = False,
    exposure: given.Exposure = "",
    format: given.Format = given.USUAL_FORMATS,  # noqa: A002
    out: given.Out = given.USUAL_OUT,
    quiet: given.Quiet = False,
    no_color: given.NoColor = False,
    fail_on: given.FailOnOption = FailOn.LOW,
    strict: given.Strict = False,
) -> int:
    """Send requests at their scheduled times from many clients; judge latency, errors and memory by thresholds."""
    from . import load as loading  # noqa: PLC0415 - start-up time
    from .audit import Output  # noqa: PLC0415
    from .targets import make_options, make_target  # noqa: PLC0415

    if list_profiles:
        return loading.profiles_command()
    if write_dashboards is not None:
        return loading.dashboards_command(write_dashboards, metrics)
    if worker:
        return loading.worker_command(worker, i_am_authorized or ())
    chosen = make_target(
        target,
        context.obj or (),
        header or [],
        header_env or [],
        bearer_env,
        verify_tls=not insecure,
        issuer_key=issuer_key,
    )
    settings = loading.load_settings(
        profile=profile,
        rate=rate,
        duration_s=duration,
        clients=clients,
        seed=seed,
        processes=processes,
        expect_workers=expect_workers,
        master_bind=master_bind,
        web_port=web,
        metrics_port=metrics,
        baseline=baseline,
        hosts=i_am_authorized or (),
    )
    options = make_options(
        revisions=revision or [],
        profile=Profile.STANDARD,
        only=["load/*"],
        call=call,
        tools=tool or [],
        intrusive=True,
        seed=seed,
        timeout_s=timeout,
        budget_s=loading.budget_s(settings) * max(1, len(revision or [])),
        exposure=exposure,
        load=settings,
    )
    output = Output.of(formats=format, out=out, quiet=quiet, no_color=no_color)
    return loading.load_command(chosen, options, output, fail_on, strict=strict)
