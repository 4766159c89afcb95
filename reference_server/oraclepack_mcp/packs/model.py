"""The values of the pack format. Field names are those of the tools' structured results."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "info"]
ToolKind: TypeAlias = Literal["oracle", "tm", "task-master", "codex", "gemini", "unknown"]
Contract: TypeAlias = Literal["unknown", "direct_answer_only", "all_sections"]
Profile: TypeAlias = Literal[
    "runner", "action-pack", "ticketify", "gold", "tickets-direct", "tickets-bundle", "codebase"
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a pack: `line` counts from 1 within the step or the prelude, `file_line` within the file."""

    code: str
    severity: Severity
    rule: str
    message: str
    step_id: str | None = None
    line: int | None = None
    file_line: int | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a profile, as data."""

    id: str
    severity: Literal["error", "warning"]
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step; `code` is every line below its header, each with its line feed."""

    id: str
    number: int
    title: str
    raw_header: str
    roi: float
    impact: str
    metadata: dict[str, str]
    tool: ToolKind
    outputs: list[str]
    contract: Contract
    code_sha256: str
    first_line: int
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Prelude:
    """The lines above the first step; `code` is None where it was not asked for."""

    code_sha256: str
    size: int
    first_line: int
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """A parsed pack; code fields always hold the original text, surrogate escapes included."""

    title: str
    out_dir: str
    write_output: bool
    prelude: Prelude
    steps: list[Step]
    long_lines: list[int] = field(default_factory=list)
    """File lines beyond the original's scanner limit, from which on the original silently stops reading."""
