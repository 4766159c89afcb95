"""The samples of a rule: what it must flag, what it must leave alone, what it flags.

A sample of a rule that reads modules is a file `samples/<rule>/bad_*` or `good_*`; one of a rule that reads a whole
tree is a folder of that name. Lines that must be flagged end in `# bad` or `// bad`, near misses that show why a rule
stays silent in `# good` or `// good`. Where a file cannot hold comments, `expected.txt` at the top of the folder lists
`path:line`. `python -m tests.source.sampled` prints how many there are.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from mcp_audit_harness.source.dependencies import dependencies_of
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.rules import Hit, Reads, Rule
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.tree import read_tree
from mcp_audit_scenarios.advisories import load_advisories
from mcp_audit_scenarios.source import source_rules

SAMPLES: Final = Path(__file__).parent / "samples"
_EXPECTED: Final = "expected.txt"
_MARK: Final = re.compile(r"(?:#|//)\s*(?P<word>bad|good)\s*(?:\*/\s*)?$")
_SUFFIXES: Final = {
    Reads.PYTHON: {".py"},
    Reads.SCRIPT: {".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"},
}


@dataclass(frozen=True)
class Sample:
    """One file or folder, and the rule that reads it."""

    rule: Rule
    path: Path

    @property
    def name(self) -> str:
        return f"{self.rule.about.id.partition('/')[2]}/{self.path.name}"

    def marked(self, word: str) -> set[tuple[str, int]]:
        """Return the places that are marked with a word: path below the sample (empty for a file), line."""
        if self.path.is_file():
            return {("", line) for line in _marked(self.path, word)}
        found = {
            (file.relative_to(self.path).as_posix(), line) for file in _files(self.path) for line in _marked(file, word)
        }
        listed = self.path / _EXPECTED
        if word == "bad" and listed.exists():
            places = (place.rpartition(":") for place in listed.read_text().split())
            found |= {(path, int(line)) for path, _, line in places}
        return found

    def hits(self) -> list[Hit]:
        """Return what the rule says of the sample."""
        return list(self.rule.inspect(_read(self.rule.reads, self.path)))

    def flagged(self) -> set[tuple[str, int]]:
        """Return the places that the rule flags, as `marked` does."""
        return {(hit.path if self.path.is_dir() else "", hit.line) for hit in self.hits()}

    def good_cases(self) -> int:
        """Return how many near misses it holds: marked lines, and a good folder is one in itself."""
        return len(self.marked("good")) or int(self.path.is_dir() and self.path.name.startswith("good"))


def samples_of(rule: Rule) -> list[Sample]:
    """Return the samples of a rule in the language that it reads, in order."""
    folder = SAMPLES / rule.about.id.partition("/")[2]
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [Sample(rule, path) for path in paths if _fits(rule.reads, path)]


def counts(samples: Iterable[Sample]) -> tuple[int, int]:
    """Return how many bad and how many good cases there are."""
    every = list(samples)
    return sum(len(sample.marked("bad")) for sample in every), sum(sample.good_cases() for sample in every)


def unread() -> list[str]:
    """Return the samples that no rule reads."""
    read = {sample.path for rule in source_rules() for sample in samples_of(rule)}
    return [str(path.relative_to(SAMPLES)) for path in sorted(SAMPLES.glob("*/*")) if path not in read]


def _fits(reads: Reads, path: Path) -> bool:
    if not path.name.startswith(("bad_", "good_")):
        return False
    return path.is_file() and path.suffix in _SUFFIXES[reads] if reads in _SUFFIXES else path.is_dir()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != _EXPECTED)


@cache
def _marked(file: Path, word: str) -> tuple[int, ...]:
    found = ((number, _MARK.search(line)) for number, line in enumerate(file.read_text().splitlines(), 1))
    return tuple(number for number, mark in found if mark is not None and mark["word"] == word)


def _read(reads: Reads, path: Path) -> Any:
    if reads is Reads.TREE:
        return read_tree(path)
    if reads is Reads.DEPENDENCIES:
        return dependencies_of(read_tree(path), load_advisories())
    if reads is Reads.PYTHON:
        return PythonModule.parse(path.name, path.read_text())
    return ScriptModule.parse(path.name, path.read_text())


def main() -> None:
    """Print a line per rule: what it reads, how many bad and good cases it has."""
    for rule in source_rules():
        bad, good = counts(samples_of(rule))
        sys.stdout.write(f"{rule.about.id:42} {rule.reads:7} {bad:3} bad {good:3} good\n")


if __name__ == "__main__":
    main()
