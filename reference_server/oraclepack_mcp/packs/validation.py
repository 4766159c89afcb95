"""Judging a pack by a profile; so far there is one, the rules of the runner itself."""

import shutil
from dataclasses import dataclass
from typing import Final, Literal

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.model import Finding, Pack, Profile, Step, ToolKind
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.scripts import check_scripts
from oraclepack_mcp.packs.structure import check_structure

PROFILES: Final[tuple[Profile, ...]] = ("runner",)


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """What one profile says; `ok` means that no finding is an error."""

    ok: bool
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class StepReadiness:
    """Whether the tool that a step starts with is there; it never changes `ok`."""

    id: str
    tool: ToolKind
    status: Literal["ready", "skipped"]
    reason: str


@dataclass(frozen=True, slots=True)
class Validation:
    """The outcome for one pack: by profile, and by step."""

    ok: bool
    profiles: dict[str, ProfileResult]
    steps: list[StepReadiness]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a profile, as data."""

    id: str
    severity: Literal["error", "warning"]
    text: str


RULES: Final[dict[Profile, tuple[Rule, ...]]] = {
    "runner": (
        Rule("P-04", "error", "The file holds a block that opens with ```bash and closes with ``` at a line start."),
        Rule("P-06", "error", "No line of the block reaches 65,536 bytes."),
        Rule("V-01", "error", "The block holds at least one step."),
        Rule("V-02", "error", "The block holds exactly 20 steps."),
        Rule("V-03", "error", "Steps are numbered 01 to 20, in order, each number once."),
        Rule("B-01", "error", "No line starts with -p or --prompt unless the line before it is continued."),
        Rule("B-02", "error", "bash accepts the syntax of the prelude and of every step."),
    )
}


def is_well_formed(pack: Pack) -> bool:
    """Whether the structure rules hold; scripts are not looked at, which makes it cheap enough for lists."""
    return not check_structure(pack)


def validate(raw: bytes, profiles: tuple[Profile, ...] = PROFILES) -> Validation:
    """Judge the bytes of a pack file by the named profiles; an unreadable pack is a finding, not an error."""
    try:
        pack = parse_pack(raw)
    except DomainError as error:
        finding = Finding("NO_BLOCK", "error", "P-04", error.sentence)
        return Validation(False, {profile: ProfileResult(False, [finding]) for profile in profiles}, [])
    results: dict[str, ProfileResult] = {profile: _runner(pack) for profile in profiles}
    return Validation(all(result.ok for result in results.values()), results, [_readiness(step) for step in pack.steps])


def _runner(pack: Pack) -> ProfileResult:
    findings = check_structure(pack) or check_scripts(pack)
    return ProfileResult(not any(finding.severity == "error" for finding in findings), findings)


def _readiness(step: Step) -> StepReadiness:
    if step.tool == "unknown" or shutil.which(step.tool):
        return StepReadiness(step.id, step.tool, "ready", "")
    return StepReadiness(step.id, step.tool, "skipped", f"tool {step.tool} not found on PATH")
