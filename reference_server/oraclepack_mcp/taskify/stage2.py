"""Whether a directory holds the answers of a pack: one file for each of the twenty questions (rules D-1 to D-5).

The grouped packs write each answer in four parts. That is no ambiguity, but a form of its own that Stage 3 cannot use.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import MAX_ENTRIES, Location, Roots
from oraclepack_mcp.taskify.model import Stage2Validation, TaskProblem
from oraclepack_mcp.taskify.places import ABSENT, below

PREFIXES: Final = tuple(f"{number:02d}" for number in range(1, 21))
"""What the names of answers begin with."""
CHUNKS: Final = ("-direct-answer.md", "-risks-unknowns.md", "-next-experiment.md", "-missing-evidence.md")
"""What the names of the four parts of an answer end in."""

_ANSWER: Final = re.compile(r"(0[1-9]|1[0-9]|20)-.*\.md", re.DOTALL)


def check_answers(roots: Roots, directory: Location) -> Stage2Validation:
    """Judge a directory. Only regular files count; neither a directory nor a link of such a name does.

    Raises:
        DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK, for the directory itself.
    """
    listing = roots.files(directory, recursive=False, suffix="")
    names = [file.parts[-1] for file in listing.files]
    found = _by_prefix(names)
    others = [skipped.path.removeprefix(directory.id).removeprefix("/") for skipped in listing.skipped]
    extra = [name for name in names if not _ANSWER.fullmatch(name)]
    problems = [
        TaskProblem("NOT_A_FILE", "an answer is a regular file, not a directory or a link", below(directory, name).id)
        for name in others
        if _ANSWER.fullmatch(name)
    ]
    if listing.is_cut:
        problems.append(
            TaskProblem("LISTING_CUT", f"only the first {MAX_ENTRIES} entries were looked at", directory.id)
        )
    if is_chunked(found):
        return _chunked(roots, directory, found, extra, problems)
    return _whole(roots, directory, found, extra, problems)


def is_chunked(found: dict[str, list[str]]) -> bool:
    """Whether the answers come in parts: several files for a question somewhere, and all names those of parts."""
    several = any(len(names) > 1 for names in found.values())
    return several and all(_are_parts(names) for names in found.values() if names)


def _by_prefix(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {prefix: [] for prefix in PREFIXES}
    for name in names:
        if _ANSWER.fullmatch(name):
            found[name[:2]].append(name)
    return found


def _are_parts(names: list[str]) -> bool:
    endings = [_part(name) for name in names]
    return None not in endings and len(set(endings)) == len(endings)


def _part(name: str) -> str | None:
    return next((chunk for chunk in CHUNKS if name.endswith(chunk)), None)


def _whole(
    roots: Roots, directory: Location, found: dict[str, list[str]], extra: list[str], problems: list[TaskProblem]
) -> Stage2Validation:
    selected = {prefix: names[0] for prefix, names in found.items() if len(names) == 1}
    ambiguous = {prefix: names for prefix, names in found.items() if len(names) > 1}
    missing = [prefix for prefix, names in found.items() if not names]
    empty = _empty(roots, directory, selected.values())
    problems += [
        TaskProblem("STAGE2_MISSING", f"no file {prefix}-*.md answers question {prefix}") for prefix in missing
    ]
    problems += [
        TaskProblem("STAGE2_AMBIGUOUS", f"{len(names)} files answer question {prefix}: {', '.join(names[:10])}")
        for prefix, names in ambiguous.items()
    ]
    problems += _of_empty(directory, empty)
    return Stage2Validation(not problems, selected, missing, ambiguous, empty, extra, problems)


def _chunked(
    roots: Roots, directory: Location, found: dict[str, list[str]], extra: list[str], problems: list[TaskProblem]
) -> Stage2Validation:
    missing = [prefix for prefix, names in found.items() if not names]
    empty = _empty(roots, directory, [name for names in found.values() for name in names])
    sentence = "the answers come in four parts each, which Stage 3 does not take: it wants one file for each question"
    problems = [TaskProblem("STAGE2_CHUNKED", sentence, directory.id), *problems, *_lacking(found)]
    return Stage2Validation(False, {}, missing, {}, empty, extra, problems + _of_empty(directory, empty))


def _lacking(found: dict[str, list[str]]) -> Iterator[TaskProblem]:
    for prefix, names in found.items():
        lacking = [chunk.removesuffix(".md") for chunk in CHUNKS if not any(name.endswith(chunk) for name in names)]
        if lacking:
            yield TaskProblem("STAGE2_CHUNK_MISSING", f"question {prefix} lacks the parts {', '.join(lacking)}")


def _empty(roots: Roots, directory: Location, names: Iterable[str]) -> list[str]:
    return [name for name in names if not _size(roots, below(directory, name))]


def _size(roots: Roots, file: Location) -> int:
    """Bytes of a file; one that has gone since it was listed holds none."""
    try:
        return roots.read(file, 0)[1]
    except DomainError as error:
        if error.code in ABSENT:
            return 0
        raise


def _of_empty(directory: Location, empty: list[str]) -> list[TaskProblem]:
    return [TaskProblem("STAGE2_EMPTY_OUTPUT", "the answer is empty", below(directory, name).id) for name in empty]
