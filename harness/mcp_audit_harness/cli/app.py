"""The commands of `mcp-audit`, as thin as they can be."""

import inspect
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import AuditError
from ..model.target import IDENTITIES
from ..policy import Exit, FailOn, Profile
from . import options as given
from . import split_command
from .app_fuzz import fuzz, openapi
from .app_load import load
from .app_source import source
from .settings import settings_of
from .usage import UsageError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Audit a Model Context Protocol server: can I ship it, and if not, why not?",
)


def execute(words: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing escapes as a traceback unless it is our bug."""
    head, command_line = split_command(words)
    try:
        # Click returns the exit code of `typer.Exit` when it does not stand alone.
        settings = settings_of(Path.cwd(), _RUN_OPTIONS) if head[0] in {"run", *_ALSO_SET} else {}
        defaults = {"run": settings} | {
            command: {name: settings[name] for name in names & settings.keys()} for command, names in _ALSO_SET.items()
        }
        code = app(head, standalone_mode=False, obj=command_line, prog_name="mcp-audit", default_map=defaults)
    except typer.TyperException as error:
        # The text that names the option belongs to a subclass that typer does not export.
        return _complain(str(getattr(error, "format_message", error.__str__)()).rstrip("."), Exit.USAGE)
    except UsageError as error:
        return _complain(str(error), Exit.USAGE)
    except AuditError as error:
        return _complain(str(error), Exit.NOT_AUDITED)
    except (KeyboardInterrupt, typer.Abort):
        return _complain("interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:
        return Exit.CLEAN
    except Exception:  # noqa: BLE001 - the last line of defence: say that it is our bug, and where
        sys.stderr.write(traceback.format_exc())
        return _complain("this is a bug in mcp-audit; please report it with the lines above", Exit.OUR_BUG)
    return code if isinstance(code, int) else Exit.CLEAN


def _complain(message: str, code: Exit) -> int:
    sys.stderr.write(f"mcp-audit: error: {message}\n")
    return code


@app.command()
def run(  # the options are the contract; the work is in audit_command
    context: typer.Context,
    target: given.Target = None,
    revision: given.Revisions = None,
    profile: Annotated[Profile, typer.Option(help="How thorough; deep also generates requests.")] = Profile.STANDARD,
    only: given.Only = None,
    skip: given.Skip = None,
    call: given.Call = "readonly",
    tool: given.Tools = None,
    intrusive: given.Intrusive = False,
    plant_dir: given.PlantDir = "",
    canary_host: given.CanaryHost = "",
    pins: Annotated[str, typer.Option(help="A lock that `mcp-audit pin` wrote: report what has changed since.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; run no scenario.")] = False,
    seed: given.Seed = 0,
    timeout: given.Timeout = 10.0,
    budget: Annotated[float | None, typer.Option(min=0.1, help="Seconds for the run: 300, or 1800 if deep.")] = None,
    header: given.Headers = None,
    header_env: given.HeaderEnv = None,
    bearer_env: given.BearerEnv = None,
    second_bearer_env: Annotated[str | None, typer.Option(help="… the token of another user.")] = None,
    low_scope_bearer_env: Annotated[str | None, typer.Option(help="… a token that may do less.")] = None,
    foreign_audience_bearer_env: Annotated[str | None, typer.Option(help="… a token for another server.")] = None,
    issuer_key: given.IssuerKey = "",
    insecure: given.Insecure = False,
    exposure: given.Exposure = "",
    format: given.Format = given.USUAL_FORMATS,  # noqa: A002
    out: given.Out = given.USUAL_OUT,
    quiet: given.Quiet = False,
    no_color: given.NoColor = False,
    fail_on: given.FailOnOption = FailOn.HIGH,
    strict: given.Strict = False,
    import_checks: given.OfficialResults = None,
    source: Annotated[Path | None, typer.Option(help="Scan the server's sources, too: their directory.")] = None,
    source_exclude: given.SourceExclude = None,
    baseline: given.BaselineFile = None,
    write_baseline: given.WriteBaseline = None,
) -> int:
    """Audit a server: `mcp-audit URL`, or `mcp-audit -- CMD ARG…` for a stdio server."""
    from .accepting import accepting  # noqa: PLC0415 - start-up time
    from .audit import Output, audit_command, dry_run_command  # noqa: PLC0415
    from .pin import read_pins  # noqa: PLC0415
    from .source import scanner  # noqa: PLC0415
    from .targets import make_options, make_target  # noqa: PLC0415

    tokens = (second_bearer_env, low_scope_bearer_env, foreign_audience_bearer_env)
    chosen = make_target(
        target,
        context.obj or (),
        header or [],
        header_env or [],
        bearer_env,
        verify_tls=not insecure,
        identity_env=dict(zip(IDENTITIES, tokens, strict=True)),
        issuer_key=issuer_key,
    )
    options = make_options(
        revisions=revision or [],
        profile=profile,
        only=only or [],
        skip=skip or [],
        call=call,
        tools=tool or [],
        intrusive=intrusive,
        plant_dir=plant_dir,
        canary_host=canary_host,
        seed=seed,
        timeout_s=timeout,
        budget_s=budget,
        exposure=exposure,
        pins=read_pins(Path(pins)) if pins else None,
    )
    if dry_run:
        return dry_run_command(chosen, options)
    output = Output.of(formats=format, out=out, quiet=quiet, no_color=no_color)
    scan = scanner(source, source_exclude or (), only or (), skip or (), quiet=quiet) if source is not None else None
    accept = accepting(baseline, write_baseline, quiet=quiet)
    return audit_command(
        chosen, options, output, fail_on, strict=strict, checks=import_checks, scan=scan, accept=accept
    )


for command in (fuzz, openapi, load, source):
    app.command()(command)


@app.command()
def demo(
    out: given.Out = given.USUAL_OUT,
    fault: Annotated[list[str] | None, typer.Option(help="Switch on a named fault (repeatable).")] = None,
    format: given.Format = given.USUAL_FORMATS,  # noqa: A002
    quiet: given.Quiet = False,
    no_color: given.NoColor = False,
    fail_on: given.FailOnOption = FailOn.HIGH,
) -> int:
    """Start the reference server on a free loopback port, audit it, write the report."""
    from .audit import Output  # noqa: PLC0415
    from .demo import demo_command  # noqa: PLC0415

    output = Output.of(formats=format, out=out, quiet=quiet, no_color=no_color)
    return demo_command(output, fault or [], fail_on)


@app.command()
def pin(
    context: typer.Context,
    target: given.Target = None,
    out: Annotated[str, typer.Option(help="The lock to write; '-' for standard output.")] = "mcp-audit.lock",
    revision: Annotated[str | None, typer.Option(help="Pin what is offered at this revision; else the newest.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one request.")] = 10.0,
    header: given.Headers = None,
    header_env: given.HeaderEnv = None,
    bearer_env: given.BearerEnv = None,
    insecure: given.Insecure = False,
) -> int:
    """Write a lock of all that a server offers, for `--pins`: `mcp-audit pin URL`, or `mcp-audit pin -- CMD`."""
    from .pin import pin_command  # noqa: PLC0415
    from .targets import make_options, make_target  # noqa: PLC0415

    chosen = make_target(target, context.obj or (), header or [], header_env or [], bearer_env, verify_tls=not insecure)
    options = make_options(revisions=[revision] if revision else [], timeout_s=timeout)
    return pin_command(chosen, options, out)


@app.command()
def judge(
    saved_run: Annotated[Path, typer.Argument(help="A run.json that an audit wrote.")],
    format: given.Format = "console",  # noqa: A002
    out: given.Out = "-",
    only: given.Only = None,
    skip: given.Skip = None,
    exposure: given.Exposure = "",
    no_color: given.NoColor = False,
    fail_on: given.FailOnOption = FailOn.HIGH,
    strict: given.Strict = False,
) -> int:
    """Judge a saved run again, without the target."""
    from .audit import Output, rejudge_command  # noqa: PLC0415
    from .targets import make_options  # noqa: PLC0415

    options = make_options(only=only or [], skip=skip or [], exposure=exposure)
    output = Output.of(formats=format, out=out, quiet=False, no_color=no_color)
    return rejudge_command(saved_run, options, output, fail_on, strict=strict)


@app.command()
def matrix(
    report: given.SavedReport,
    revision: given.Revisions = None,
    area: Annotated[list[str] | None, typer.Option(help="Only areas, or ids, that match (repeatable).")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="The same as --format csv.")] = False,
    format: Annotated[str, typer.Option(help="console, markdown, json or csv.")] = "console",  # noqa: A002
    import_checks: given.OfficialResults = None,
    no_color: given.NoColor = False,
) -> int:
    """Print the compliance matrix of a report: every duty and every feature, and what became of it."""
    from .matrix import matrix_command  # noqa: PLC0415

    form = "csv" if csv else format
    return matrix_command(
        report, revisions=revision or [], areas=area or [], form=form, checks=import_checks, no_color=no_color
    )


@app.command()
def diff(
    old: given.SavedReport,
    new: Annotated[Path, typer.Argument(help="A later one, of the same target.")],
    format: Annotated[str, typer.Option(help="console, markdown or json.")] = "console",  # noqa: A002
    no_color: given.NoColor = False,
    fail_on: given.FailOnOption = FailOn.HIGH,
) -> int:
    """Say what changed between two reports: fixed, new, regressed, changed, or not seen any more."""
    from .diff import diff_command  # noqa: PLC0415

    return diff_command(old, new, format, fail_on, no_color=no_color)


@app.command(name="list")
def list_command(
    coverage: Annotated[bool, typer.Option("--coverage", help="Duties looked at, per revision.")] = False,
    attacks: Annotated[bool, typer.Option("--attacks", help="Known attacks, and the checks that try them.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Rules over sources.")] = False,
    format: given.TextOrJson = "console",  # noqa: A002
    only: given.Only = None,
) -> int:
    """List the checks, the attacks that they try, the rules over sources, or how much of each revision is covered."""
    from .catalogue import list_attacks, list_checks, list_coverage, list_rules  # noqa: PLC0415

    if attacks:
        return list_attacks(format)
    if rules:
        return list_rules(format, only or [])
    return list_coverage(format) if coverage else list_checks(format, only or [])


@app.command()
def explain(
    id: Annotated[str | None, typer.Argument(help="The id of a check, a duty, a feature or a rule.")] = None,  # noqa: A002
    pages: Annotated[Path | None, typer.Option(help="Write a page for every check into this directory.")] = None,
) -> int:
    """Explain a check, a duty of the specification, or a feature: what, why, how it is probed, how to fix it."""
    from .catalogue import write_check_pages  # noqa: PLC0415
    from .explain import explain_command  # noqa: PLC0415

    return explain_command(id) if pages is None else write_check_pages(pages)


@app.command()
def calibrate(
    only: Annotated[list[str] | None, typer.Option(help="Only cases whose name matches.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Cases at the same time.")] = 2,
) -> int:
    """Prove the harness on servers of known behaviour: clean, broken, dead, silent, refusing, granting."""
    from .calibrate import calibrate_command  # noqa: PLC0415

    return calibrate_command(only or [], jobs)


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def serve_reference(context: typer.Context) -> int:
    """Start the reference server; takes the options of `oraclepack-mcp`."""
    from .demo import serve_reference_command  # noqa: PLC0415

    extra: list[Any] = [*context.args, *(context.obj or ())]
    return serve_reference_command([str(word) for word in extra])


@app.command()
def issuer(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    resource: Annotated[list[str] | None, typer.Option(help="URL of a server that takes the tokens.")] = None,
    key: Annotated[Path, typer.Option(help="Where to write the key (or read it from).")] = Path("issuer-key.json"),
    scope: Annotated[str, typer.Option(help="The scopes of an ordinary token, separated by spaces.")] = "",
    low_scope: Annotated[str, typer.Option(help="The scopes of a token that may do less.")] = "",
    algorithm: Annotated[str, typer.Option(help="EdDSA, ES256 or RS256.")] = "RS256",
) -> int:
    """Run a test authorization server on this machine; its key lets `--issuer-key` sign tokens, good and bad."""
    from .issuer import issuer_command  # noqa: PLC0415

    return issuer_command(port, resource or [], key, scope=scope, low_scope=low_scope, algorithm=algorithm)


@app.command()
def doctor(
    format: given.TextOrJson = "console",  # noqa: A002
) -> int:
    """Look at this machine: what is installed, whether servers can be started and reached, what to do where not."""
    from .doctor import doctor_command  # noqa: PLC0415

    return doctor_command(format)


@app.command()
def completion(
    shell: Annotated[str, typer.Argument(help="bash, zsh or fish.")],
) -> int:
    """Print what makes a shell complete words: `source <(mcp-audit completion bash)`."""
    from .completion import completion_command  # noqa: PLC0415

    return completion_command(shell)


_RUN_OPTIONS = {
    name: "list[" in str(option.annotation)
    for name, option in inspect.signature(run).parameters.items()
    if name not in {"context", "target", "dry_run"}
}
"""What a settings file may set, everything but what names this one run; and whether it can be repeated."""
_ALSO_SET = {
    name: _RUN_OPTIONS.keys() & inspect.signature(command).parameters.keys() - of_audits_only
    for name, command, of_audits_only in (
        ("fuzz", fuzz, {"seed", "budget", "only"}),
        ("load", load, {"seed", "profile", "fail_on"}),
    )
}
"""What of it holds for other commands, too."""
