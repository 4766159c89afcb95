"""Stage 2, Stage 3 and tickets."""

from typing import Final

from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.server.arguments import runs as run_args
from oraclepack_mcp.server.arguments import taskify as args
from oraclepack_mcp.server.tools.running import run_tool
from oraclepack_mcp.server.tools.spec import CREATES, READS, ToolSpec
from oraclepack_mcp.taskify.model import (
    ActionPackVerdict,
    ActionsModel,
    ArtifactsSummary,
    Grouped,
    Stage2Detection,
    Stage2Validation,
    StagePrompt,
    Ticketified,
)

_READ: Final[frozenset[Scope]] = frozenset({"packs:read"})
_WRITE: Final[frozenset[Scope]] = frozenset({"packs:write"})

TOOLS: Final = (
    ToolSpec(
        "oraclepack_taskify_detect_stage2",
        "Find the answers",
        "Finds the answers that Stage 3 works from, in a directory or by the normal order of places.",
        args.DetectStage2,
        Stage2Detection,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.taskify.detect_stage2(a.path, a.repo_root),
    ),
    ToolSpec(
        "oraclepack_taskify_validate_stage2",
        "Check the answers",
        "Says whether a directory holds exactly one answer file for each of the twenty questions.",
        args.OutDir,
        Stage2Validation,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.taskify.validate_stage2(a.out_dir),
    ),
    ToolSpec(
        "oraclepack_taskify_validate_action_pack",
        "Validate an action pack",
        "Judges a Stage-3 action pack, with the exit code that the original script would have had.",
        args.ValidateActionPack,
        ActionPackVerdict,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.taskify.validate_action_pack(a.file_path, a.strict_legacy),
    ),
    ToolSpec(
        "oraclepack_taskify_artifacts_summary",
        "Summarise the artifacts",
        "Lists the files that Stage 3 leaves in a directory, and what is wrong with them.",
        args.OutDir,
        ArtifactsSummary,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.taskify.artifacts_summary(a.out_dir),
    ),
    ToolSpec(
        "oraclepack_read_actions",
        "Read the actions",
        "Returns the actions that Stage 3 found, parsed and checked.",
        args.ReadActions,
        ActionsModel,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.taskify.read_actions(a.path),
    ),
    run_tool(
        "oraclepack_taskify_run_action_pack",
        "Run an action pack",
        "Judges an action pack and, when it has no findings, runs it after a confirmation.",
        run_args.RunActionPack,
    ),
    ToolSpec(
        "oraclepack_taskify_generate_prompt",
        "Make a prompt",
        "Makes the instructions by which an assistant carries out an action pack by hand.",
        args.ActionPack,
        StagePrompt,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.taskify.generate_prompt(a.file_path),
    ),
    ToolSpec(
        "oraclepack_ticketify",
        "Turn tickets into actions",
        "Derives an index, actions and product requirements from ticket files, and an action pack when asked.",
        args.Ticketify,
        Ticketified,
        scopes=_WRITE,
        hints=CREATES,
        call=lambda a, call: call.domain.taskify.ticketify(a.value()),
    ),
    ToolSpec(
        "oraclepack_generate_grouped",
        "Generate grouped packs",
        "Makes a pack of questions for each group of ticket or source files.",
        args.GenerateGrouped,
        Grouped,
        scopes=_WRITE,
        hints=CREATES,
        call=lambda a, call: call.domain.taskify.generate_grouped(a.value()),
    ),
)
