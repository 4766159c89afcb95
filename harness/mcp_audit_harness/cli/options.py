"""The options that several commands share: what they are called, and what they mean."""

from pathlib import Path
from typing import Annotated, Final

import typer

from ..policy import FailOn

USUAL_FORMATS: Final = "console,json,markdown"
USUAL_OUT: Final = ".mcp-audit"

Target = Annotated[str | None, typer.Argument(help="URL of the server; or give a stdio command after `--`.")]
SavedReport = Annotated[Path, typer.Argument(help="A report.json that an audit wrote.")]
Revisions = Annotated[list[str] | None, typer.Option(help="Only this spec revision (repeatable).")]
Only = Annotated[list[str] | None, typer.Option(help="Only checks whose id, area or category matches.")]
Skip = Annotated[list[str] | None, typer.Option(help="Leave out checks that match.")]
Call = Annotated[str, typer.Option(help="Tools that may be called: none, readonly or all.")]
Tools = Annotated[list[str] | None, typer.Option(help="Only call tools whose name matches (repeatable).")]
Intrusive = Annotated[bool, typer.Option("--intrusive", help="Allow what may change state or load it.")]
PlantDir = Annotated[str, typer.Option(help="A directory the target may read: canary files go there.")]
CanaryHost = Annotated[str, typer.Option(help="How the target reaches this machine's loopback.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds for one probe.")]
Headers = Annotated[list[str] | None, typer.Option(help="'Name: value', sent with every request.")]
HeaderEnv = Annotated[list[str] | None, typer.Option(help="'Name=VAR': value from the environment.")]
BearerEnv = Annotated[str | None, typer.Option(help="Variable that holds a bearer token.")]
IssuerKey = Annotated[str, typer.Option(help="Key of a test issuer: tokens good and bad are signed with it.")]
Insecure = Annotated[bool, typer.Option("--insecure", help="Do not verify the TLS certificate.")]
Exposure = Annotated[str, typer.Option(help="local or remote: who can reach the server.")]
SourceExclude = Annotated[list[str] | None, typer.Option(help="Leave out paths of the tree that match (repeatable).")]
OfficialResults = Annotated[Path | None, typer.Option(help="Results of the official suite to compare.")]
Format = Annotated[
    str, typer.Option(help="console, json, markdown, html, sarif, junit, summary, badge, shield; comma-separated.")
]
TextOrJson = Annotated[str, typer.Option(help="console or json.")]
Out = Annotated[str, typer.Option(help="Directory for reports; '-' writes to stdout only.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no console report.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="Plain text (also: NO_COLOR).")]
BaselineFile = Annotated[Path | None, typer.Option(help="Findings that are accepted, with reasons (TOML).")]
WriteBaseline = Annotated[Path | None, typer.Option(help="Write a baseline that accepts all that was found.")]
FailOnOption = Annotated[FailOn, typer.Option(help="Lowest severity that fails the run.")]
Strict = Annotated[bool, typer.Option("--strict", help="Unseen or unfinished checks fail the run, too.")]
