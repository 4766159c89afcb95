"""What the answers of a step have to hold, and whether they do (rules O-01 to O-07, O-09)."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.model import Contract, Pack, Step

ChunkMode: TypeAlias = Literal["auto", "single", "multi"]
"""`single`: the first file holds the whole answer. `auto` and `multi` are the same: several files share it by name."""
ReadOutput: TypeAlias = Callable[[str], tuple[int, str] | None]
"""Size in bytes and text of the file that a step names by this path; None where there is none."""

HEADINGS: Final = ("### Direct answer", "### Risks and unknowns", "### Next experiment", "### Missing evidence")
"""The headings of a whole answer, as the prompts of packs ask for them."""

_SUFFIXES: Final = dict(
    zip(("-direct-answer", "-risks-unknowns", "-next-experiment", "-missing-evidence"), HEADINGS, strict=True)
)
_CONTRACTS: Final[dict[Contract, tuple[str, ...]]] = {
    "unknown": (),
    "direct_answer_only": HEADINGS[:1],
    "all_sections": HEADINGS,
}
_OTHER_NAMES: Final = {
    HEADINGS[0]: ("answer",),
    HEADINGS[1]: ("risks/unknowns", "risks & unknowns"),
    HEADINGS[2]: ("next smallest concrete experiment",),
    HEADINGS[3]: ("if evidence is insufficient",),
}


@dataclass(frozen=True, slots=True)
class OutputFailure:
    """An answer that is not there (`error`), or that lacks headings (`missing`)."""

    step_id: str
    path: str
    missing: list[str]
    error: str

    @property
    def sentence(self) -> str:
        """The failure in the words of the original."""
        return f"{self.path} error: {self.error}" if self.error else f"{self.path} missing: {', '.join(self.missing)}"


@dataclass(frozen=True, slots=True)
class OutputVerification:
    """The outcome over some steps: `checked` of the `total` have answers to check; failures in source order."""

    ok: bool
    total: int
    checked: int
    failures: list[OutputFailure]


def expectations(paths: list[str], contract: Contract, chunk_mode: ChunkMode) -> dict[str, tuple[str, ...]]:
    """The headings that each file of a step needs; a file that is not named here is not checked."""
    if not paths:
        return {}
    if chunk_mode != "single" and len(paths) > 1:
        found = ((path, next((suffix for suffix in _SUFFIXES if suffix in path), None)) for path in paths)
        return {path: (_SUFFIXES[suffix],) for path, suffix in found if suffix is not None}
    headings = _CONTRACTS[contract]
    return {paths[0]: headings} if headings else {}


def missing_headings(text: str, headings: Collection[str]) -> list[str]:
    """The headings that a text lacks; each may be written literally anywhere, or start a line in a looser form."""
    return [heading for heading in headings if heading not in text and not _loose(heading).search(text)]


def verify_outputs(
    pack: Pack,
    read: ReadOutput,
    *,
    steps: Collection[str] = (),
    require_headings: bool = False,
    chunk_mode: ChunkMode = "auto",
) -> OutputVerification:
    """Check the answers of some steps, or of all; without headings a file only has to exist and hold something."""
    chosen = [step for step in pack.steps if not steps or step.id in steps]
    wanted = {step.id: _wanted(step, require_headings, chunk_mode) for step in chosen}
    failures = [
        failure for step_id, files in wanted.items() for failure in _failures(step_id, files, read, require_headings)
    ]
    checked = sum(1 for files in wanted.values() if files)
    return OutputVerification(not failures, len(chosen), checked, failures)


def parse_chunk_mode(text: str) -> ChunkMode:
    """Read the name of a chunk mode; nothing means `auto`.

    Raises:
        DomainError: INVALID_ARGUMENT.
    """
    modes: dict[str, ChunkMode] = {"": "auto", "auto": "auto", "single": "single", "multi": "multi"}
    mode = modes.get(text.strip().lower())
    if mode is None:
        raise DomainError("INVALID_ARGUMENT", f"a chunk mode is auto, single or multi, not {text!r}")
    return mode


def _wanted(step: Step, require_headings: bool, chunk_mode: ChunkMode) -> dict[str, tuple[str, ...]]:
    if require_headings:
        return expectations(step.outputs, step.contract, chunk_mode)
    return dict.fromkeys(step.outputs[:1] if chunk_mode == "single" else step.outputs, ())


def _failures(
    step_id: str, files: dict[str, tuple[str, ...]], read: ReadOutput, require_headings: bool
) -> Iterator[OutputFailure]:
    for path, headings in files.items():
        try:
            found = read(path)
        except DomainError as error:
            yield OutputFailure(step_id, path, [], error.sentence)
            continue
        if found is None:
            yield OutputFailure(step_id, path, [], "the file does not exist")
        elif require_headings:
            if missing := missing_headings(found[1], headings):
                yield OutputFailure(step_id, path, missing, "")
        elif not found[0]:
            yield OutputFailure(step_id, path, [], "the file is empty")


def _loose(heading: str) -> re.Pattern[str]:
    """Each line on its own, unlike the original's pattern: the same matches, without its time on many blank lines."""
    names = "|".join(re.escape(name) for name in (heading.removeprefix("### "), *_OTHER_NAMES.get(heading, ())))
    return re.compile(rf"^[\t\f\r ]*(?:#{{1,3}}[\t\f\r ]*)?(?:{names})(?![0-9A-Za-z_])", re.IGNORECASE | re.MULTILINE)
