"""The values of runs. Field names are those of the tools' structured results; times are RFC 3339 in UTC."""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.packs.model import Contract, Finding, ToolKind

RunMode: TypeAlias = Literal["all", "failed", "pending", "from", "steps", "resume"]
RoiMode: TypeAlias = Literal["over", "under"]
ChunkMode: TypeAlias = Literal["auto", "single", "multi"]
SanitizeMode: TypeAlias = Literal["off", "legacy"]
PreludeMode: TypeAlias = Literal["auto", "always", "never"]
StepCount: TypeAlias = Literal["20", "any"]
GateProfile: TypeAlias = Literal["none", "ticketify"]

RunStatus: TypeAlias = Literal["queued", "running", "success", "failed", "cancelled", "timed_out", "interrupted"]
StepState: TypeAlias = Literal["pending", "running", "success", "failed", "skipped"]
"""The five words of state and report files; a cancelled step is `failed` with an error that says so."""
NotRunReason: TypeAlias = Literal[
    "not_selected", "filtered", "already_succeeded", "tool_missing", "stopped", "cancelled", "timed_out"
]
ProblemCode: TypeAlias = Literal[
    "STATE_INVALID_JSON", "STATE_WRONG_TYPE", "STATE_UNKNOWN_STATUS", "STATE_ODD_STEP_ID", "STATE_STALE", "STATE_ORPHAN"
]

FINAL_STATUSES: Final[frozenset[RunStatus]] = frozenset({"success", "failed", "cancelled", "timed_out", "interrupted"})
"""Statuses after which a run does not change any more."""
STEP_STATES: Final[tuple[StepState, ...]] = ("pending", "running", "success", "failed", "skipped")
PRELUDE_ID: Final = "prelude"
"""What stands in the place of a step id where the prelude is meant."""


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """Whether the answers of a step are checked after it ran, and how often it is run again where they are lacking."""

    enabled: bool = False
    retries: int = 0
    require_headings: bool = False
    chunk_mode: ChunkMode = "auto"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Everything that can be said about a run.

    `steps` are numbers and ranges for mode `steps`, `from_step` is for mode `from`. `oracle_bin` is a name that the
    operator allows, `workdir` a directory in a writable root, and `out_dir` lies below it. Limits are in seconds.
    """

    pack: str
    mode: RunMode = "all"
    steps: tuple[str, ...] = ()
    from_step: str | None = None
    stop_on_fail: bool = True
    roi_threshold: float | None = None
    roi_mode: RoiMode = "over"
    out_dir: str | None = None
    oracle_bin: str | None = None
    workdir: str | None = None
    url_name: str | None = None
    overrides: Overrides | None = None
    verify: VerifyOptions = VerifyOptions()
    timeout_s: float | None = None
    step_timeout_s: float | None = None
    skip_missing_tools: bool = False
    sanitize: SanitizeMode = "off"
    prelude: PreludeMode = "auto"
    retries: int = 0
    allow_changed_pack: bool = False
    step_count: StepCount = "20"
    gates: GateProfile = "none"


@dataclass(frozen=True, slots=True)
class OracleCall:
    """A single question to the `oracle` program, without a pack and without a shell."""

    prompt: str
    files: tuple[str, ...] = ()
    url_name: str | None = None
    flags: tuple[str, ...] = ()
    write_output: str | None = None


@dataclass(frozen=True, slots=True)
class OracleResult:
    """How the program answered; `text` is the end of its output, and the log holds all that was kept."""

    run_id: str
    exit_code: int | None
    output_path: str | None
    text: str
    log_uri: str


@dataclass(frozen=True, slots=True)
class PackRef:
    """A pack as it was at one moment."""

    id: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ScriptWarning:
    """What the legacy sanitizer changed: the line counts from 1 within the prelude or the step."""

    scope: Literal["prelude", "step"]
    line: int
    token: str
    message: str
    step_id: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What would happen to one step; `reason` is there where it would not run."""

    id: str
    title: str
    roi: float
    tool: ToolKind
    contract: Contract
    runs: bool
    reason: NotRunReason | None
    outputs: list[str]
    code_sha256: str


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file that a step would attach and that is not there."""

    step_id: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class PlanModel:
    """What a run would do, before anything is done.

    `tools` are those of the steps that would run. `out_dir` and `writes` are ids of places in a writable root, the
    latter of files and directories that the server and, by their text, the steps would write. `url` is the name of the
    stored URL. `plan_token` confirms exactly this plan, once, until `expires_at`; it is None where an error among the
    findings keeps the run from starting.
    """

    pack: PackRef
    pack_sha256: str
    mode: RunMode
    prelude: bool
    plan: list[PlannedStep]
    selected: list[str]
    tools: list[ToolKind]
    missing_tools: list[ToolKind]
    missing_files: list[MissingFile]
    workdir: str
    out_dir: str
    writes: list[str]
    url: str | None
    overrides: Overrides | None
    findings: list[Finding]
    plan_token: str | None
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Selected steps by where they stand; they add up to `total`."""

    total: int = 0
    pending: int = 0
    running: int = 0
    success: int = 0
    failed: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class RunStep:
    """One selected step of a run, or its prelude; `attempts` is 0 until it starts."""

    id: str
    status: StepState
    exit_code: int | None = None
    signal: str | None = None
    attempts: int = 0
    started_at: str | None = None
    ended_at: str | None = None
    duration_ms: int | None = None
    error: str = ""
    warnings: list[ScriptWarning] = field(default_factory=list)
    log_uri: str | None = None


@dataclass(frozen=True, slots=True)
class NotRun:
    """A step of the pack that did not run."""

    id: str
    reason: NotRunReason


@dataclass(frozen=True, slots=True)
class RunModel:
    """A run, while it goes on and afterwards; `exit_reason` is a sentence once it has ended."""

    run_id: str
    pack: PackRef
    status: RunStatus
    mode: RunMode
    selected: list[str]
    counts: RunCounts
    current_step: str | None
    steps: list[RunStep]
    not_run: list[NotRun]
    warnings: list[str]
    created_at: str
    started_at: str | None
    ended_at: str | None
    exit_reason: str
    state_uri: str
    report_uri: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run of a list; `pack` is the id of the pack."""

    run_id: str
    pack: str
    status: RunStatus
    started_at: str | None
    ended_at: str | None
    counts: RunCounts


@dataclass(frozen=True, slots=True)
class RunList:
    """A page of runs, the newest first."""

    runs: list[RunSummary]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class LogSlice:
    """Part of what a step wrote; offsets count bytes from the start, the first `dropped_bytes` are not kept."""

    run_id: str
    step_id: str
    attempt: int
    text: str
    offset: int
    next_offset: int
    eof: bool
    dropped_bytes: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a stored file, which was read as far as it can be trusted."""

    code: ProblemCode
    message: str
    step_id: str | None = None


@dataclass(frozen=True, slots=True)
class StepStatus:
    """What a state file says about a step; `status` is any text in a foreign file. None is the zero time."""

    status: str
    exit_code: int = 0
    started_at: str | None = None
    ended_at: str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class StepTrace:
    """What only this server records about a step: `log` names its log, never a path from a state file."""

    attempts: int = 0
    timed_out: bool = False
    cancelled: bool = False
    log: str = ""
    argv_sha256: str = ""


@dataclass(frozen=True, slots=True)
class RunTrace:
    """Whose state this is; the original program drops it when it loads the file."""

    pack: str
    run_id: str
    steps: dict[str, StepTrace] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunState:
    """The content of a state file, schema 1; times are kept as they were written."""

    schema_version: int = 1
    pack_hash: str = ""
    start_time: str | None = None
    current_step: int = 0
    step_statuses: dict[str, StepStatus] | None = field(default_factory=dict)
    roi_threshold: float = 0.0
    roi_mode: str = ""
    warnings: list[ScriptWarning] = field(default_factory=list)
    x_ref: RunTrace | None = None


@dataclass(frozen=True, slots=True)
class StateModel:
    """The stored state of a pack; `sha256` is that of the file, None where there is none.

    `stale` says that the file belongs to another pack, or to another text of this one.
    """

    pack: str
    path: str
    sha256: str | None
    schema_version: int
    pack_hash: str
    start_time: str | None
    current_step: int
    step_statuses: dict[str, StepStatus]
    roi_threshold: float
    roi_mode: str
    warnings: list[ScriptWarning]
    x_ref: RunTrace | None
    stale: bool
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """Counts over the steps of a report; `total_duration` is in nanoseconds and may be negative in foreign files."""

    total_steps: int = 0
    success_count: int = 0
    failure_count: int = 0
    skipped_count: int = 0
    total_duration: int = 0
    total_duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class PackInfo:
    """The pack of a report: its file name, and the hash as in the state file."""

    name: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class ReportStep:
    """One step of a report; `duration` is in nanoseconds."""

    id: str
    status: str
    exit_code: int = 0
    duration: int = 0
    duration_ms: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a report file; `not_run` is only in files of this server."""

    summary: ReportSummary = ReportSummary()
    pack_info: PackInfo = PackInfo()
    steps: list[ReportStep] = field(default_factory=list)
    warnings: list[ScriptWarning] = field(default_factory=list)
    not_run: list[NotRun] = field(default_factory=list)
    generated_at: str | None = None


@dataclass(frozen=True, slots=True)
class ReportModel:
    """The stored report of a pack; `sha256` is that of the file, None where there is none."""

    pack: str
    path: str
    sha256: str | None
    summary: ReportSummary
    pack_info: PackInfo
    steps: list[ReportStep]
    warnings: list[ScriptWarning]
    not_run: list[NotRun]
    generated_at: str | None
    stale: bool
    problems: list[Problem]
