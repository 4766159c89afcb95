"""Judging a pack by profiles: the runner's rules, or those of one of the other programs that judge packs."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs import characters
from oraclepack_mcp.packs.findings import MAX_FINDINGS, has_error
from oraclepack_mcp.packs.model import Finding, Pack, Profile, Rule, Step, ToolKind
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.profiles import action_pack, codebase_lint, common, gold, gold_lint, ticketify, tickets_lint
from oraclepack_mcp.packs.scripts import check_scripts
from oraclepack_mcp.packs.structure import check_structure

_Program: TypeAlias = Callable[[bytes, bool], list[Finding]]


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


_RUNNER_RULES: Final = (
    Rule("P-04", "error", "The file holds a block that opens with ```bash and closes with ``` at a line start."),
    Rule("P-06", "error", "No line of the block reaches 65,536 bytes."),
    Rule("V-01", "error", "The block holds at least one step."),
    Rule("V-02", "error", "The block holds exactly 20 steps."),
    Rule("V-03", "error", "Steps are numbered 01 to 20, in order, each number once."),
    Rule("B-01", "error", "No line starts with -p or --prompt unless the line before it is continued."),
    Rule("B-02", "error", "bash accepts the syntax of the prelude and of every step."),
    characters.RULE,
)
_COMMON_RULES: Final = tuple(rule for rule in common.RULES if rule.id != "C-8")
RULES: Final[dict[Profile, tuple[Rule, ...]]] = {
    "runner": _RUNNER_RULES,
    "action-pack": action_pack.RULES,
    "ticketify": ticketify.RULES,
    "gold": gold.RULES + gold_lint.RULES,
    "tickets-direct": _COMMON_RULES + tickets_lint.RULES,
    "tickets-bundle": common.RULES,
    "codebase": _COMMON_RULES + codebase_lint.RULES,
}
PROFILES: Final[tuple[Profile, ...]] = tuple(RULES)


def is_well_formed(pack: Pack) -> bool:
    """Whether the structure rules hold; scripts are not looked at, which makes it cheap enough for lists."""
    return not check_structure(pack)


def validate(
    raw: bytes,
    profiles: tuple[Profile, ...] = ("runner",),
    *,
    strict_legacy: bool = False,
    parse: Callable[[bytes], Pack] = parse_pack,
) -> Validation:
    """Judge the bytes of a pack file by the named profiles; an unreadable pack is a finding, not an error.

    With `strict_legacy` a profile holds exactly where the original's own programs would all accept the file. `parse` is
    `parse_pack`, or somebody who remembers what it gave.
    """
    pack = _parsed(raw, parse)
    results: dict[str, ProfileResult] = {}
    for profile in profiles:
        if profile == "runner":
            findings = _check_runner(raw, pack, strict_legacy=strict_legacy)
        else:
            findings = _run(profile, raw, strict_legacy=strict_legacy)
        results[profile] = ProfileResult(not has_error(findings), findings)
    steps = _readiness(pack.steps[:MAX_FINDINGS]) if pack else []
    return Validation(all(result.ok for result in results.values()), results, steps)


def guess_profile(raw: bytes) -> Profile | None:
    """The narrowest profile that a pack meets; scripts are not looked at, which makes it cheap enough for lists."""
    for profile, mark in _MARKS:
        if mark in raw and not has_error(_run(profile, raw, strict_legacy=False)):
            return profile
    pack = _parsed(raw, parse_pack)
    if pack and is_well_formed(pack):
        return "runner"
    return None if has_error(_run("action-pack", raw, strict_legacy=False)) else "action-pack"


def _run(profile: Profile, raw: bytes, *, strict_legacy: bool) -> list[Finding]:
    return [finding for program in _PROGRAMS[profile] for finding in program(raw, strict_legacy)]


def _parsed(raw: bytes, parse: Callable[[bytes], Pack]) -> Pack | None:
    try:
        return parse(raw)
    except DomainError:
        return None


def _check_runner(raw: bytes, pack: Pack | None, *, strict_legacy: bool) -> list[Finding]:
    if pack is None:
        return [Finding("NO_BLOCK", "error", "P-04", "no bash code block found")]
    if strict_legacy and pack.long_lines:
        pack = parse_pack(_read_by_the_original(raw, pack.long_lines[0]))
    return [*(check_structure(pack) or check_scripts(pack)), *characters.check_characters(raw)]


def _read_by_the_original(raw: bytes, long_line: int) -> bytes:
    """The file as if its block ended before the line at which the original stops reading."""
    return b"\n".join([*raw.split(b"\n", long_line - 1)[: long_line - 1], b"", b"```"])


_PROGRAMS: Final[dict[Profile, tuple[_Program, ...]]] = {
    "action-pack": (lambda raw, strict: action_pack.check_action_pack(raw, strict_legacy=strict),),
    "ticketify": (lambda raw, strict: ticketify.check_ticketify(raw, strict_legacy=strict),),
    "gold": (lambda raw, _: gold.check_gold(raw), lambda raw, _: gold_lint.check_gold_lint(raw)),
    "tickets-direct": (
        lambda raw, _: common.check_common(raw, "direct"),
        lambda raw, _: tickets_lint.check_tickets_lint(raw),
    ),
    "tickets-bundle": (lambda raw, _: common.check_common(raw, "bundle"),),
    "codebase": (
        lambda raw, _: common.check_common(raw, "direct"),
        lambda raw, _: codebase_lint.check_codebase_lint(raw),
    ),
}
_MARKS: Final[tuple[tuple[Profile, bytes], ...]] = (
    ("tickets-direct", b"__tickets"),
    ("tickets-bundle", b"_tickets_bundle"),
    ("codebase", b"__code_files"),
    ("gold", b"category="),
    ("ticketify", b"ticketify"),
)
"""Text without which a pack does not meet a profile, the narrowest first."""


def _readiness(steps: Sequence[Step]) -> list[StepReadiness]:
    missing = {tool for tool in {step.tool for step in steps} if tool != "unknown" and not shutil.which(tool)}
    return [
        StepReadiness(step.id, step.tool, "skipped", f"tool {step.tool} not found on PATH")
        if step.tool in missing
        else StepReadiness(step.id, step.tool, "ready", "")
        for step in steps
    ]
