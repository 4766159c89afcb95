"""Reading and judging packs."""

from typing import Final

from oraclepack_mcp.catalogue import FileSlice, ListQuery, PackList, PackModel, StepQuery
from oraclepack_mcp.packs.outputs import OutputVerification
from oraclepack_mcp.packs.validation import Validation
from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.server.arguments import packs as args
from oraclepack_mcp.server.resources.uris import pack_model_uri
from oraclepack_mcp.server.tools.spec import READS, ToolSpec
from oraclepack_mcp.steps import EffectiveStep, ListedSteps

_READ: Final[frozenset[Scope]] = frozenset({"packs:read"})

TOOLS: Final = (
    ToolSpec(
        "oraclepack_list_packs",
        "List packs",
        "Lists the packs below a directory with title, number of steps and whether their structure is valid.",
        args.ListPacks,
        PackList,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.packs.list_packs(
            ListQuery(a.directory, a.recursive, a.pattern, a.cursor, a.limit), call.report
        ),
    ),
    ToolSpec(
        "oraclepack_get_pack",
        "Get a pack",
        "Returns one pack as data: prelude, output directory and all steps with their metadata.",
        args.GetPack,
        PackModel,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.packs.get_pack(a.pack, a.include_code),
        whole=lambda pack: pack_model_uri(pack.id),
    ),
    ToolSpec(
        "oraclepack_list_steps",
        "List steps",
        "Lists the steps of a pack without their code, optionally by return on investment, tool or stored status.",
        args.ListSteps,
        ListedSteps,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.steps.list(a.pack, StepQuery(a.roi_threshold, a.roi_mode, a.tool), a.status),
    ),
    ToolSpec(
        "oraclepack_get_step",
        "Get a step",
        "Returns one step of a pack with its shell code, as written and as it would run with stored overrides.",
        args.GetStep,
        EffectiveStep,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.steps.get(a.pack, a.step_id),
    ),
    ToolSpec(
        "oraclepack_validate_pack",
        "Validate a pack",
        "Judges a pack, or Markdown that is no file yet, by the rules of the named profiles; nothing of it is run.",
        args.ValidatePack,
        Validation,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: (
            call.domain.packs.validate_pack(a.pack, tuple(a.profiles), strict_legacy=a.strict_legacy)
            if a.pack is not None
            else call.domain.packs.validate_text(a.text, tuple(a.profiles), strict_legacy=a.strict_legacy)
        ),
    ),
    ToolSpec(
        "oraclepack_verify_outputs",
        "Verify outputs",
        "Says whether the answers that steps should have written are there, and hold the headings asked for.",
        args.VerifyOutputs,
        OutputVerification,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.steps.verify_outputs(
            a.pack, tuple(step.zfill(2) for step in a.steps), a.require_headings, a.chunk_mode
        ),
    ),
    ToolSpec(
        "oraclepack_read_file",
        "Read a file",
        "Reads part of a file inside the configured roots, as text or as Base64.",
        args.ReadFile,
        FileSlice,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.packs.read_file(a.path, a.offset, a.max_bytes, a.encoding),
    ),
)
