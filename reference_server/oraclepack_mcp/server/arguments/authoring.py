"""Arguments of the tools that write packs."""

from typing import Annotated, Any

from pydantic import Field

from oraclepack_mcp.server.arguments.packs import Profiles
from oraclepack_mcp.server.arguments.shared import Arguments, DryRun, ExpectedHash, PackName, Path, StepId


class WritePack(Arguments):
    """Arguments of oraclepack_write_pack."""

    path: Path
    content: Annotated[str, Field(max_length=4_194_304, description="The whole file.")]
    expected_sha256: ExpectedHash = None
    profiles: Profiles = ["runner"]
    allow_invalid: Annotated[bool, Field(description="Whether to write a pack that has findings.")] = False
    dry_run: DryRun = False


class UpdateStep(Arguments):
    """Arguments of oraclepack_update_step."""

    pack: PackName
    step_id: StepId
    title: Annotated[str | None, Field(min_length=1, max_length=200, description="New title; absent: unchanged.")] = (
        None
    )
    metadata: Annotated[
        dict[str, str] | None, Field(max_length=7, description="New header tokens, like effort; absent: unchanged.")
    ] = None
    code: Annotated[
        str | None, Field(max_length=1_048_576, description="New code; empty deletes it; absent: unchanged.")
    ] = None
    expected_sha256: Annotated[
        str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the pack file as it was read, in hexadecimal.")
    ]
    dry_run: DryRun = False


class RenderPack(Arguments):
    """Arguments of oraclepack_render_pack."""

    manifest: Annotated[
        dict[str, Any],
        Field(description="`kind`, `out_dir`, `prelude` and `steps`, each with `id`, `title`, `code` and metadata."),
    ]
    path: Annotated[
        str | None, Field(min_length=1, max_length=4096, description="Where to write the pack; absent: nowhere.")
    ] = None
    expected_sha256: ExpectedHash = None
    dry_run: DryRun = False


class RenderTemplate(Arguments):
    """Arguments of oraclepack_render_template."""

    template: Annotated[str, Field(min_length=1, max_length=100, description="Name of a template of this server.")]
    values: Annotated[dict[str, str], Field(max_length=200, description="A value for each placeholder.")] = {}
    path: Annotated[
        str | None, Field(min_length=1, max_length=4096, description="Where to write the text; absent: nowhere.")
    ] = None
    expected_sha256: ExpectedHash = None
    dry_run: DryRun = False
