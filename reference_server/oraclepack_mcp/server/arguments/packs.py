"""Arguments of the tools that read packs."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from oraclepack_mcp.packs.model import Profile, ToolKind
from oraclepack_mcp.server.arguments.shared import Arguments, Cursor, PackName, Path, StepId

Profiles: TypeAlias = Annotated[list[Profile], Field(min_length=1, max_length=7, description="Rule sets to judge by.")]


class ListPacks(Arguments):
    """Arguments of oraclepack_list_packs."""

    directory: Annotated[str, Field(max_length=4096, description="Directory to look in; empty for the first root.")] = (
        ""
    )
    recursive: Annotated[bool, Field(description="Whether to look into directories below it.")] = True
    pattern: Annotated[str, Field(min_length=1, max_length=200, description="Shell pattern for the file name.")] = "*"
    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=200, description="Packs on a page.")] = 50


class GetPack(Arguments):
    """Arguments of oraclepack_get_pack."""

    pack: PackName
    include_code: Annotated[bool, Field(description="Whether to include the shell code of prelude and steps.")] = False


class ListSteps(Arguments):
    """Arguments of oraclepack_list_steps."""

    pack: PackName
    roi_threshold: Annotated[float | None, Field(ge=0, description="Only steps on one side of this ROI.")] = None
    roi_mode: Annotated[
        Literal["over", "under"], Field(description="`over`: at least the threshold; `under`: less than it.")
    ] = "over"
    tool: Annotated[ToolKind | None, Field(description="Only steps that start with this tool.")] = None
    status: Annotated[
        Literal["pending", "running", "success", "failed", "skipped"] | None,
        Field(description="Only steps that the stored state gives this status; a step without one is pending."),
    ] = None


class GetStep(Arguments):
    """Arguments of oraclepack_get_step."""

    pack: PackName
    step_id: StepId


class ValidatePack(Arguments):
    """Arguments of oraclepack_validate_pack."""

    pack: Annotated[
        str | None, Field(min_length=1, max_length=4096, description="Pack to judge; give this or `text`.")
    ] = None
    text: Annotated[str | None, Field(description="Markdown to judge; give this or `pack`.")] = None
    profiles: Profiles = ["runner"]
    strict_legacy: Annotated[
        bool, Field(description="Whether to judge exactly as the original programs did, oversights included.")
    ] = False

    @model_validator(mode="after")
    def _one_source(self) -> "ValidatePack":
        if (self.pack is None) == (self.text is None):
            message = "give either pack or text"
            raise ValueError(message)
        return self


class ReadFile(Arguments):
    """Arguments of oraclepack_read_file."""

    path: Path
    offset: Annotated[int, Field(ge=0, description="Byte to start at.")] = 0
    max_bytes: Annotated[int, Field(ge=1, le=1_048_576, description="Bytes to read at most.")] = 65_536
    encoding: Annotated[Literal["utf-8", "base64"], Field(description="How to return the bytes.")] = "utf-8"


class VerifyOutputs(Arguments):
    """Arguments of oraclepack_verify_outputs."""

    pack: PackName
    steps: Annotated[list[StepId], Field(max_length=99, description="Only these steps; empty for all.")] = []
    require_headings: Annotated[
        bool, Field(description="Whether answers need the headings that their step asks for.")
    ] = False
    chunk_mode: Annotated[
        Literal["auto", "single", "multi"], Field(description="How the answer of a step is spread over its files.")
    ] = "auto"
