"""Arguments of the tools about Stage 2, Stage 3 and tickets."""

from typing import Annotated, Literal

from pydantic import Field

from oraclepack_mcp.server.arguments.shared import Arguments, Directory, DryRun, PackName
from oraclepack_mcp.taskify.model import GroupedOptions, TicketifyOptions


class DetectStage2(Arguments):
    """Arguments of oraclepack_taskify_detect_stage2."""

    path: Annotated[str, Field(max_length=4096, description="Directory or pack, or `auto` to search for one.")] = "auto"
    repo_root: Annotated[
        str, Field(max_length=4096, description="Directory to search in; empty: the working directory.")
    ] = ""


class OutDir(Arguments):
    """Arguments that name an output directory and nothing else."""

    out_dir: Directory


class ActionPack(Arguments):
    """Arguments that name an action pack and nothing else."""

    file_path: PackName


class ValidateActionPack(ActionPack):
    """Arguments of oraclepack_taskify_validate_action_pack."""

    strict_legacy: Annotated[
        bool, Field(description="Whether to judge exactly as the original script did, oversights included.")
    ] = False


class ReadActions(Arguments):
    """Arguments of oraclepack_read_actions."""

    path: Annotated[
        str, Field(min_length=1, max_length=4096, description="An `_actions.json`, or the directory that holds it.")
    ]


class Ticketify(Arguments):
    """Arguments of oraclepack_ticketify."""

    tickets_dir: Annotated[str, Field(min_length=1, max_length=4096, description="Directory of ticket files.")]
    ticket_glob: Annotated[str, Field(min_length=1, max_length=200, description="Which files are tickets.")] = "**/*.md"
    include: Annotated[list[str], Field(max_length=200, description="Only tickets that match one of these.")] = []
    exclude: Annotated[list[str], Field(max_length=200, description="No ticket that matches one of these.")] = []
    top_n: Annotated[int, Field(ge=1, le=200, description="Tickets to take at most.")] = 25
    out_dir: Annotated[str, Field(min_length=1, max_length=4096, description="Directory for what is made.")]
    prd_path: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4096,
            description="File for the requirements; in the root of out_dir unless it names one.",
        ),
    ] = ".taskmaster/docs/tickets_prd.md"
    mode: Annotated[Literal["artifacts", "pack"], Field(description="Whether to make an action pack, too.")] = (
        "artifacts"
    )
    dry_run: DryRun = False

    def value(self) -> TicketifyOptions:
        """The arguments as the domain takes them."""
        given = self.model_dump()
        return TicketifyOptions(**{**given, "include": tuple(self.include), "exclude": tuple(self.exclude)})


class GenerateGrouped(Arguments):
    """Arguments of oraclepack_generate_grouped."""

    kind: Annotated[Literal["tickets", "codebase"], Field(description="What the questions are about.")]
    root: Directory
    glob: Annotated[str, Field(min_length=1, max_length=200, description="Which files to ask about.")] = "**/*.md"
    out_dir: Annotated[str, Field(min_length=1, max_length=4096, description="Directory for the packs.")]
    max_characters: Annotated[int, Field(ge=1_000, le=200_000, description="Characters of a group's files.")] = 200_000
    dry_run: DryRun = False

    def value(self) -> GroupedOptions:
        """The arguments as the domain takes them."""
        return GroupedOptions(**self.model_dump())
