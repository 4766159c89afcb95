"""The values of Stage 2 and Stage 3. Field names are those of the tools' structured results and of the files."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from oraclepack_mcp.packs.model import Finding
from oraclepack_mcp.packs.validation import Validation

Stage2Kind: TypeAlias = Literal["dir", "file", "chunked", "none"]
ActionsForm: TypeAlias = Literal["taskify", "ticketify", "unknown"]
ActionKind: TypeAlias = Literal["task", "acceptance"]
ArtifactKind: TypeAlias = Literal["actions", "tickets_index", "markdown", "pack", "manifest", "json"]
Effort: TypeAlias = Literal["XS", "S", "M", "L", "XL"]
Executor: TypeAlias = Literal["codex", "gemini", "tm", "manual"]
GroupKind: TypeAlias = Literal["tickets", "codebase"]
TicketifyMode: TypeAlias = Literal["artifacts", "pack"]

ProblemCode: TypeAlias = Literal[
    "ACTIONS_BAD_VALUE",
    "ACTIONS_DUPLICATE",
    "ACTIONS_FENCE",
    "ACTIONS_MISSING_FIELD",
    "ACTIONS_TOO_MANY",
    "ACTIONS_UNKNOWN_FORM",
    "ACTIONS_UNSORTED",
    "EMPTY_FILE",
    "JSON_DUPLICATE_KEY",
    "JSON_INVALID",
    "JSON_TOO_MANY_KEYS",
    "LISTING_CUT",
    "NOT_A_FILE",
    "NOT_TEXT",
    "PACK_INVALID",
    "STAGE2_AMBIGUOUS",
    "STAGE2_CHUNKED",
    "STAGE2_CHUNK_MISSING",
    "STAGE2_EMPTY_OUTPUT",
    "STAGE2_MISSING",
    "SYMLINK",
    "TICKETS_IN_SEVERAL_GROUPS",
    "TOO_LARGE",
]

MAX_GROUP_CHARACTERS: Final = 200_000
"""Characters of the files that one group attaches at most."""
MAX_TICKETS: Final = 200
"""Tickets that one index holds at most."""
MAX_ACTIONS: Final = 10_000
"""Actions of tickets that one file holds at most; with all their fields they stay within the bounds of reading JSON."""


@dataclass(frozen=True, slots=True)
class TaskProblem:
    """Something wrong with a file or directory; `path` is an id, or the place inside a JSON file."""

    code: ProblemCode
    message: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Stage2Detection:
    """Where the answers were found: `rule` is the number of the rule that hit, or `explicit`; all paths are ids."""

    kind: Stage2Kind
    source: str | None
    out_dir: str | None
    rule: str | None
    searched: list[str]
    problems: list[TaskProblem]


@dataclass(frozen=True, slots=True)
class Stage2Validation:
    """Whether a directory holds one answer for each question; keys are the two-digit prefixes, values file names.

    A directory of answers in four parts each is not ambiguous; a problem says that it is of that form.
    """

    ok: bool
    selected: dict[str, str]
    missing: list[str]
    ambiguous: dict[str, list[str]]
    empty: list[str]
    extra: list[str]
    problems: list[TaskProblem]


@dataclass(frozen=True, slots=True)
class ActionStep:
    """One step as the runner sees it, so what a run would do; the rules of action packs may count fewer."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ActionPackVerdict:
    """What the rules of action packs say; the exit code is that of the original script, its syntax error mended."""

    ok: bool
    exit_code_equivalent: int
    steps: list[ActionStep]
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that Stage 3 may leave; `size` in bytes is None where there is none that can be read."""

    name: str
    path: str
    exists: bool
    size: int | None
    kind: ArtifactKind
    problems: list[TaskProblem]


@dataclass(frozen=True, slots=True)
class ArtifactsSummary:
    """The known names in one directory and below it, and nowhere else."""

    out_dir: str
    artifacts: list[Artifact]


@dataclass(frozen=True, slots=True)
class ActionItem:
    """One item of the taskify form, as far as it is what it should be; what is not is None or left out."""

    id: str | None
    source_file: str | None
    category: str | None
    priority_score: float | None
    recommended_next_action: str | None
    missing_artifacts: list[str]
    acceptance_criteria: list[str]
    risk_notes: list[str]
    estimated_effort: Effort | None
    dependencies: list[str] = field(default_factory=list)
    executor: Executor | None = None
    exec_prompt: str | None = None
    inputs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TicketAction:
    """One action of the ticketify form; `source_line` counts from 1 in the ticket file."""

    action_id: str
    kind: ActionKind
    source_line: int
    text: str
    ticket_id: str
    ticket_path: str


@dataclass(frozen=True, slots=True)
class ActionsModel:
    """An `_actions.json` of either form; `ok` means that there are no problems."""

    path: str
    sha256: str
    ok: bool
    form: ActionsForm
    metadata: dict[str, Any]
    items: list[ActionItem]
    actions: list[TicketAction]
    count: int
    problems: list[TaskProblem]


@dataclass(frozen=True, slots=True)
class StagePrompt:
    """Instructions for an assistant, and the ids of the steps that they are about."""

    prompt: str
    steps: list[str]


@dataclass(frozen=True, slots=True)
class TicketifyOptions:
    """What to make of which tickets; the fields are the arguments of the tool."""

    tickets_dir: str
    out_dir: str
    ticket_glob: str = "**/*.md"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    top_n: int = 25
    prd_path: str = ".taskmaster/docs/tickets_prd.md"
    mode: TicketifyMode = "artifacts"
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket; `path` is relative to its root."""

    path: str
    sha256: str
    summary: str
    ticket_id: str
    title: str


@dataclass(frozen=True, slots=True)
class TicketsIndex:
    """The content of `_tickets_index.json`."""

    exclude: list[str]
    include: list[str]
    selected_count: int
    ticket_glob: str
    tickets: list[Ticket]
    tickets_dir: str
    top_n: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class TicketActions:
    """The content of the `_actions.json` that tickets lead to."""

    actions: list[TicketAction]
    count: int
    out_dir: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was written, or in a dry run would be."""

    path: str
    sha256: str
    size: int
    created: bool


@dataclass(frozen=True, slots=True)
class Ticketified:
    """What was made of the tickets; `pack_path` is None unless an action pack was asked for."""

    index: TicketsIndex
    actions: TicketActions
    prd_path: str
    pack_path: str | None
    written: list[WrittenFile]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class GroupedOptions:
    """Which files to make packs of questions about; the fields are the arguments of the tool."""

    kind: GroupKind
    root: str
    out_dir: str
    glob: str = "**/*.md"
    max_characters: int = MAX_GROUP_CHARACTERS
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ManifestGroup:
    """One pack of a manifest; a group that is too large for one has several parts. Paths are relative to the root."""

    attached_paths: list[str]
    group: str
    original_tickets: list[str]
    out_dir: str
    pack_path: str
    part: int
    slug: str


@dataclass(frozen=True, slots=True)
class GroupManifest:
    """The content of `manifest.json`."""

    groups: list[ManifestGroup]


@dataclass(frozen=True, slots=True)
class GroupedPack:
    """One pack that was made: its files, how many characters they have, and what the runner says of the pack."""

    path: str
    group: str
    part: int
    files: list[str]
    characters: int


@dataclass(frozen=True, slots=True)
class GroupedValidation:
    """Whether the packs pass and each file is in exactly one of them; `packs` has the pack paths as keys."""

    ok: bool
    packs: dict[str, Validation]
    problems: list[TaskProblem]


@dataclass(frozen=True, slots=True)
class Grouped:
    """What was made of the groups; `groups` is the content of `_groups.json`."""

    packs: list[GroupedPack]
    groups: dict[str, list[str]]
    manifest: GroupManifest
    validation: GroupedValidation
    written: list[WrittenFile]
    dry_run: bool
