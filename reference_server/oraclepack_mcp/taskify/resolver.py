"""Where Stage 3 takes the answers from: a place that is named, or the first that a fixed order of rules finds (6.2).

Never by time stamp. Where a rule finds several places, the one whose path is the greatest text is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import MAX_ENTRIES, Location, Roots
from oraclepack_mcp.taskify.model import Stage2Detection, Stage2Kind, Stage2Validation, TaskProblem
from oraclepack_mcp.taskify.places import ABSENT, below, is_below, is_file, require_directory
from oraclepack_mcp.taskify.stage2 import check_answers

AUTO: Final = "auto"
"""The path that asks for a search."""
MAX_RUNS: Final = 200
"""Dated directories that a search looks into, the greatest names first."""

_OUT: Final = "oracle-out"
_RUN: Final = "oracle-questions-*"
_PACK: Final = "oracle-pack-*.md"


def detect_named(roots: Roots, place: Location, base: Location) -> Stage2Detection:
    """Take a place that is named: a directory as it is, with its problems, or a file as a single pack.

    Raises:
        DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK.
    """
    try:
        require_directory(place)
    except DomainError as error:
        if error.code not in ABSENT or not is_file(place):
            raise
        return Stage2Detection("file", place.id, _out_dir(place, base).id, "explicit", [place.id], [])
    answers = check_answers(roots, place)
    kind: Stage2Kind = "chunked" if _is_chunked(answers) else "dir"
    return Stage2Detection(kind, place.id, place.id, "explicit", [place.id], answers.problems)


def search(roots: Roots, base: Location) -> Stage2Detection:
    """Go through the rules below a directory; answers in parts are told of only where no rule finds anything.

    Raises:
        DomainError: NOT_FOUND, NOT_A_FILE, PATH_SYMLINK, for the directory itself.
    """
    require_directory(base)
    return _Search(roots, base).run()


@dataclass(slots=True)
class _Search:
    """One search, with what it looked at and what it passed over."""

    roots: Roots
    base: Location
    searched: list[str] = field(default_factory=list)
    problems: list[TaskProblem] = field(default_factory=list)
    chunked: Location | None = None

    def run(self) -> Stage2Detection:
        """The first hit."""
        runs = self._runs()
        for rule, directory in self._directories(runs):
            if self._is_complete(directory):
                return self._found("dir", directory, directory, rule)
        for rule, directories in self._pack_places(runs):
            packs = [pack for directory in directories for pack in self._packs(directory)]
            if packs:
                greatest = max(packs, key=lambda pack: pack.path)
                return self._found("file", greatest, _out_dir(greatest, self.base), rule)
        if self.chunked is not None:
            return self._found("chunked", self.chunked, self.chunked, None)
        return Stage2Detection("none", None, None, None, self.searched, self.problems)

    def _found(self, kind: Stage2Kind, source: Location, out_dir: Location, rule: str | None) -> Stage2Detection:
        return Stage2Detection(kind, source.id, out_dir.id, rule, self.searched, self.problems)

    def _runs(self) -> list[Location]:
        docs = below(self.base, "docs")
        try:
            directories, is_cut = self.roots.directories(docs)
        except DomainError as error:
            if error.code in ABSENT:
                return []
            raise
        if is_cut:
            self._note_cut(docs)
        found = [one for one in directories if fnmatchcase(one.parts[-1], _RUN)]
        if len(found) > MAX_RUNS:
            message = f"only the greatest {MAX_RUNS} of {len(found)} directories {_RUN} are looked into"
            self.problems.append(TaskProblem("LISTING_CUT", message, docs.id))
        return found[-MAX_RUNS:]

    def _directories(self, runs: list[Location]) -> Iterator[tuple[str, Location]]:
        yield "1", below(self.base, _OUT)
        yield "2", below(self.base, "docs", _OUT)
        for rule, places in (("3", [below(run, _OUT) for run in runs]), ("4", runs)):
            for place in sorted(places, key=lambda place: place.path, reverse=True):
                yield rule, place

    def _pack_places(self, runs: list[Location]) -> Iterator[tuple[str, list[Location]]]:
        yield "5", [below(self.base, "docs")]
        yield "6", [below(self.base, "docs", "oraclepacks")]
        yield "7", runs
        yield "8", [below(run, "oraclepacks") for run in runs]

    def _is_complete(self, directory: Location) -> bool:
        self.searched.append(directory.id)
        try:
            answers = check_answers(self.roots, directory)
        except DomainError as error:
            if error.code in ABSENT:
                return False
            raise
        if answers.ok:
            return True
        if _is_chunked(answers):
            self.chunked = self.chunked or directory
        if answers.selected or answers.ambiguous or _is_chunked(answers):
            self.problems.append(_passed_over(directory, answers))
        return False

    def _packs(self, directory: Location) -> list[Location]:
        pattern = below(directory, _PACK).id
        self.searched.append(pattern)
        try:
            listing = self.roots.files(directory, recursive=False, suffix=".md")
        except DomainError as error:
            if error.code in ABSENT:
                return []
            raise
        if listing.is_cut:
            self._note_cut(directory)
        return [file for file in listing.files if fnmatchcase(file.parts[-1], _PACK)]

    def _note_cut(self, directory: Location) -> None:
        """Say, once, that a directory may hold more than was found."""
        message = f"only the first {MAX_ENTRIES} entries were looked at"
        problem = TaskProblem("LISTING_CUT", message, directory.id)
        if problem not in self.problems:
            self.problems.append(problem)


def _out_dir(pack: Location, base: Location) -> Location:
    """Where the answers of a single pack belong: beside it in its dated directory, or right below the base."""
    inside = is_below(pack, base)
    top = base if inside else Location(pack.root, ())
    relative = pack.parts[len(top.parts) :]
    if len(relative) > 2 and relative[0] == "docs" and fnmatchcase(relative[1], _RUN):
        return below(top, *relative[:2], _OUT)
    return below(base, _OUT)


def _is_chunked(answers: Stage2Validation) -> bool:
    return any(problem.code == "STAGE2_CHUNKED" for problem in answers.problems)


def _passed_over(directory: Location, answers: Stage2Validation) -> TaskProblem:
    first = answers.problems[0]
    more = f", and {len(answers.problems) - 1} more problems" if len(answers.problems) > 1 else ""
    return TaskProblem(first.code, f"passed over: {first.message}{more}", directory.id)
