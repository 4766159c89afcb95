"""The commands that generate requests, or let others generate them, as thin as they can be."""

from pathlib import Path
from typing import Annotated

import typer

from ..policy import FailOn, Profile
from . import options as given


def fuzz(  # noqa: PLR0917 - a command takes its options as parameters
    context: typer.Context,
    target: given.Target = None,
    cases: Annotated[int, typer.Option(min=1, help="Cases of each kind: arguments, messages, lifecycles.")] = 1000,
    seed: Annotated[int | None, typer.Option(min=0, help="Repeat the run that had it; else a new one.")] = None,
    emit_test: Annotated[Path | None, typer.Option(help="Write a pytest file with a test for each failure.")] = None,
    database: Annotated[Path | None, typer.Option(help="Inputs that failed, played first; else OUT/fuzz.")] = None,
    revision: given.Revisions = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only checks whose id matches: 'leaks-*', 'message-*'.")
    ] = None,
    call: given.Call = "readonly",
    tool: given.Tools = None,
    intrusive: given.Intrusive = False,
    plant_dir: given.PlantDir = "",
    timeout: given.Timeout = 10.0,
    budget: Annotated[float, typer.Option(min=0.1, help="Seconds for the whole run.")] = 1800.0,
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
    fail_on: given.FailOnOption = FailOn.HIGH,
    strict: given.Strict = False,
) -> int:
    """Generate requests from a server's schemas, find what it handles wrongly, make each input as small as it gets."""
    from .audit import Output  # noqa: PLC0415 - start-up time
    from .fuzz import fuzz_command, fuzz_settings  # noqa: PLC0415
    from .targets import make_options, make_target  # noqa: PLC0415

    chosen = make_target(
        target,
        context.obj or (),
        header or [],
        header_env or [],
        bearer_env,
        verify_tls=not insecure,
        issuer_key=issuer_key,
    )
    settings = fuzz_settings(cases, seed, database)
    options = make_options(
        revisions=revision or [],
        profile=Profile.DEEP,
        only=[f"fuzz/{glob.removeprefix('fuzz/')}" for glob in only or ["*"]],
        call=call,
        tools=tool or [],
        intrusive=intrusive,
        plant_dir=plant_dir,
        seed=settings.seed,
        timeout_s=timeout,
        budget_s=budget,
        exposure=exposure,
        fuzz=settings,
    )
    output = Output.of(formats=format, out=out, quiet=quiet, no_color=no_color)
    return fuzz_command(chosen, options, output, fail_on, strict=strict, emit_test=emit_test)


def openapi(  # noqa: PLR0917 - as above
    context: typer.Context,
    target: given.Target = None,
    out: Annotated[str, typer.Option(help="The document to write; '-' for standard output.")] = "-",
    revision: Annotated[str | None, typer.Option(help="What is offered at this revision; else the newest.")] = None,
    call: given.Call = "readonly",
    tool: given.Tools = None,
    timeout: given.Timeout = 10.0,
    header: given.Headers = None,
    header_env: given.HeaderEnv = None,
    bearer_env: given.BearerEnv = None,
    insecure: given.Insecure = False,
) -> int:
    """Write what a server offers as an OpenAPI 3.1 document, for `schemathesis run` and other tools."""
    from .openapi import openapi_command  # noqa: PLC0415
    from .targets import make_options, make_target  # noqa: PLC0415

    chosen = make_target(target, context.obj or (), header or [], header_env or [], bearer_env, verify_tls=not insecure)
    options = make_options(revisions=[revision] if revision else [], call=call, tools=tool or [], timeout_s=timeout)
    return openapi_command(chosen, options, out)
