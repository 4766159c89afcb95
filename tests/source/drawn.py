"""Findings in the published sources of others, drawn at random, and what was said of each by hand.

`verdicts.toml` is written by people: it tells, for a finding that was drawn, whether a maintainer would agree that the
defect of the rule is at that line.
"""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from mcp_audit_harness.model import Severity, SourceFinding, SourceScan

from .trees import Published

VERDICTS: Final = Path(__file__).with_name("verdicts.toml")
DRAWN: Final = 60
MOST_ALIKE: Final = 5
"""Findings of one rule in one tree: servers that repeat one idiom must not fill the draw."""
_SEED: Final = "mcp-audit source 1"


Key: TypeAlias = tuple[str, str, str]
"""The directory of a tree, and the fingerprint and the place of a finding."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of one finding."""

    tree: str
    fingerprint: str
    rule: str
    place: str
    """Trees are pinned, so that lines stay; of several alike the next takes the fingerprint of one found no more."""
    true: bool
    why: str
    draw: int = 0
    """In which of the draws before rules were mended by them it was: 1, 2, or 0 for none."""

    @property
    def key(self) -> Key:
        return self.tree, self.fingerprint, self.place


@dataclass(frozen=True, slots=True)
class Mended:
    """A rule that was narrowed after findings of its were said to be false."""

    rule: str
    false: int
    """How many of those that were drawn before."""
    how: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything that people wrote."""

    verdicts: Mapping[Key, Verdict]
    mended: tuple[Mended, ...]

    def of_draw(self, number: int) -> tuple[Verdict, ...]:
        """Return what was said of the findings of a draw."""
        return tuple(verdict for verdict in self.verdicts.values() if verdict.draw == number)


def judged(path: Path = VERDICTS) -> Judged:
    """Return what the file says."""
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    verdicts = [Verdict(**row) for row in table.get("verdict", ())]
    mended = tuple(Mended(**row) for row in table.get("mended", ()))
    return Judged({verdict.key: verdict for verdict in verdicts}, mended)


def key_of(package: Published, finding: SourceFinding) -> Key:
    """Return what the verdict on a finding is known by."""
    return package.directory, finding.fingerprint, str(finding.place)


def draw(scans: Mapping[Published, SourceScan]) -> list[tuple[Published, SourceFinding]]:
    """Return findings drawn at random, always the same ones of the same findings, in the order of the trees.

    What is only worth knowing (severity info) is left out, and so is a finding that two versions of a package share.
    """
    every = [
        (package, finding)
        for package, scan in scans.items()
        for finding in scan.findings
        if finding.severity is not Severity.INFO
    ]
    drawn: list[tuple[Published, SourceFinding]] = []
    alike: Counter[tuple[str, str]] = Counter()
    shared: set[tuple[str, str]] = set()
    for package, finding in sorted(every, key=lambda item: _lot(*item)):
        kind, same = (package.directory, finding.rule), (package.name, finding.fingerprint)
        if len(drawn) < DRAWN and alike[kind] < MOST_ALIKE and same not in shared:
            alike[kind] += 1
            shared.add(same)
            drawn.append((package, finding))
    order = {package: number for number, package in enumerate(scans)}
    return sorted(drawn, key=lambda item: (order[item[0]], item[1].rule, item[1].place.path, item[1].place.line))


def _lot(package: Published, finding: SourceFinding) -> str:
    """Return what decides when a finding is drawn: it does not change when others come or go."""
    return hashlib.sha256(f"{_SEED}\n{package.directory}\n{finding.fingerprint}".encode()).hexdigest()
