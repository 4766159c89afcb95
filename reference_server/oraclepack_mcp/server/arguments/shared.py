"""What the arguments of several tools have in common."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

PackName: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=4096, description="Pack id, or path of the pack: `root:relative` or `relative`."),
]
Path: TypeAlias = Annotated[str, Field(min_length=1, max_length=4096, description="`root:relative` or `relative`.")]
Directory: TypeAlias = Annotated[
    str, Field(max_length=4096, description="Directory, as `root:relative` or `relative`; empty for the first root.")
]
StepId: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{1,2}$", description="Number of the step, `01` to `20`.")]
ExpectedHash: TypeAlias = Annotated[
    str | None,
    Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 that the file has to have now, in hexadecimal; null: it must not exist yet.",
    ),
]
DryRun: TypeAlias = Annotated[bool, Field(description="Whether to show what would change, and write nothing.")]
Cursor: TypeAlias = Annotated[str | None, Field(max_length=400, description="`next_cursor` of the page before.")]


class Arguments(BaseModel):
    """What all tool arguments have in common."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OfPack(Arguments):
    """Arguments that name a pack and nothing else."""

    pack: PackName
