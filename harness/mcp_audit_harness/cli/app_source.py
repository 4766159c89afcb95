"""The command that scans a source tree, as thin as it can be."""

from pathlib import Path
from typing import Annotated

import typer

from ..policy import FailOn
from . import options as given


def source(  # noqa: PLR0917 - a command takes its options as parameters
    path: Annotated[Path, typer.Argument(help="The directory that holds the sources of a server.")],
    only: Annotated[list[str] | None, typer.Option(help="Only rules whose id matches.")] = None,
    skip: Annotated[list[str] | None, typer.Option(help="Leave out rules that match.")] = None,
    exclude: given.SourceExclude = None,
    online: Annotated[bool, typer.Option("--online", help="Ask registries for advisories, too (pip-audit).")] = False,
    format: given.Format = given.USUAL_FORMATS,  # noqa: A002
    out: given.Out = given.USUAL_OUT,
    quiet: given.Quiet = False,
    no_color: given.NoColor = False,
    fail_on: given.FailOnOption = FailOn.HIGH,
    strict: given.Strict = False,
    baseline: given.BaselineFile = None,
    write_baseline: given.WriteBaseline = None,
) -> int:
    """Scan the sources of a server: MCP rules for Python and TypeScript, bandit, mypy, dependencies with advisories."""
    from .accepting import accepting  # noqa: PLC0415 - start-up time
    from .audit import Output  # noqa: PLC0415
    from .source import settings_for, source_command  # noqa: PLC0415

    settings = settings_for(online=online, exclude=exclude or (), only=only or (), skip=skip or ())
    output = Output.of(formats=format, out=out, quiet=quiet, no_color=no_color)
    accept = accepting(baseline, write_baseline, quiet=quiet)
    return source_command(path, settings, output, fail_on, strict=strict, accept=accept)
