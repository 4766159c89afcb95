"""Looking at runs, and at the state and report files that they leave."""

from typing import Final

from oraclepack_mcp.runs.model import LogSlice, ReportModel, RunList, RunModel, StateModel
from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.server.arguments import runs as args
from oraclepack_mcp.server.arguments.shared import OfPack
from oraclepack_mcp.server.resources.uris import report_uri, run_uri, state_uri
from oraclepack_mcp.server.tools.spec import READS, ToolSpec

_READ: Final[frozenset[Scope]] = frozenset({"runs:read"})

TOOLS: Final = (
    ToolSpec(
        "oraclepack_get_state",
        "Get the state",
        "Returns the stored state of a pack: how each step ended, and whether the file still fits the pack.",
        OfPack,
        StateModel,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.states.get_state(a.pack),
        whole=lambda state: state_uri(state.pack),
    ),
    ToolSpec(
        "oraclepack_get_report",
        "Get the report",
        "Returns the stored report of the last run of a pack.",
        OfPack,
        ReportModel,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.states.get_report(a.pack),
        whole=lambda report: report_uri(report.pack),
    ),
    ToolSpec(
        "oraclepack_list_runs",
        "List runs",
        "Lists runs, the newest first, optionally of one pack or with one status.",
        args.ListRuns,
        RunList,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.runs.list(a.pack, a.status, a.cursor, a.limit),
    ),
    ToolSpec(
        "oraclepack_get_run",
        "Get a run",
        "Returns a run by its handle, at once or after waiting for it to end.",
        args.GetRun,
        RunModel,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.runs.get(a.run_id),
        wait_s=lambda a: a.wait_s,
        whole=lambda run: run_uri(run.run_id),
    ),
    ToolSpec(
        "oraclepack_read_log",
        "Read a log",
        "Returns part of what a step wrote; of a long log the end is kept.",
        args.ReadLog,
        LogSlice,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.runs.read_log(
            a.run_id, a.step_id if a.step_id == "prelude" else a.step_id.zfill(2), a.attempt, a.offset, a.limit
        ),
    ),
)
