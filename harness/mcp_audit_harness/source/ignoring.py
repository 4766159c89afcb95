"""Comments by which authors accept a finding: `# mcp-audit: ignore[source/no-timeout] the peer is this machine`.

One stands on the line of the finding or alone on the line above, and gives its reason: without one it is not heeded.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..model import SourceFinding, Unrun

_COMMENT: Final = re.compile(r"(?<!`)(?:#|//|/\*)\s*mcp-audit:\s*ignore\[([\w/, -]{1,400})\](.*)")
_BARE: Final = re.compile(r"\s*(?:#|//|/\*)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment."""

    line: int
    """The line that it is about."""
    rules: frozenset[str]
    reason: str


def ignores_of(text: str) -> tuple[Ignore, ...]:
    """Return the comments in a file."""
    found: list[Ignore] = []
    if "mcp-audit:" in text:
        for number, line in enumerate(text.split("\n"), start=1):
            match = _COMMENT.search(line)
            if match is not None:
                rules = frozenset(word.strip() for word in match[1].split(",") if word.strip())
                at = number + 1 if _BARE.match(line) else number
                found.append(Ignore(at, rules, match[2].strip(" \t:-*/")))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Heeded:
    """What is left after the comments of authors."""

    findings: tuple[SourceFinding, ...]
    unheeded: tuple[Unrun, ...]
    """Comments that give no reason, and such as accept nothing that is there."""


def heed(findings: Iterable[SourceFinding], comments: Mapping[str, Sequence[Ignore]]) -> Heeded:
    """Return the findings that no comment accepts; `comments` are those of each file by its path."""
    used: dict[str, set[Ignore]] = defaultdict(set)
    left: list[SourceFinding] = []
    for finding in findings:
        place = finding.place
        last = max(place.line, place.end_line)
        fitting = [
            comment
            for comment in comments.get(place.path, ())
            if place.line <= comment.line <= last and finding.rule in comment.rules
        ]
        used[place.path].update(fitting)
        if not any(comment.reason for comment in fitting):
            left.append(finding)
    return Heeded(tuple(left), tuple(_unheeded(comments, used)))


def _unheeded(comments: Mapping[str, Sequence[Ignore]], used: Mapping[str, set[Ignore]]) -> Iterable[Unrun]:
    for path, found in comments.items():
        for comment in found:
            what = f"the comment that ignores {', '.join(sorted(comment.rules))} at {path}:{comment.line}"
            if not comment.reason:
                yield Unrun(what, "it gives no reason")
            elif comment not in used.get(path, ()):
                yield Unrun(what, "nothing of the kind is found there")
