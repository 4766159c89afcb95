"""Applies the rules about dependencies to a tree; lock files that cannot be read are said."""

import traceback
from collections.abc import Sequence
from itertools import islice
from typing import Final

from ...model import AdvisoryDatabase, SourceFinding, SourceRule, Unrun
from ..applying import found_at
from ..looked import Looked
from ..rules import Reads, Rule
from ..tree import SourceTree
from .packages import Dependencies, plain, read_text
from .reading import dependencies_of

_MOST_HITS: Final = 200


def judge_dependencies(tree: SourceTree, rules: Sequence[Rule], database: AdvisoryDatabase) -> Looked:
    """Return what the rules that read dependencies find in the manifests and lock files of a tree."""
    chosen = [rule for rule in rules if rule.reads is Reads.DEPENDENCIES]
    if not chosen:
        return Looked()
    seen = dependencies_of(tree, database)
    if not (seen.declared or seen.locked):
        return Looked(unrun=tuple(_unread(seen)))
    findings: list[SourceFinding] = []
    unrun = _unread(seen)
    looked: list[SourceRule] = []
    for rule in chosen:
        try:
            found = _findings(rule, seen)
        except Exception as error:  # noqa: BLE001 - hostile manifests must not end the scan
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = f"error of the harness: {type(error).__name__}: {error} ({where.name}:{where.lineno})"
            unrun.append(Unrun(rule.about.id, said))
        else:
            looked.append(rule.about)
            findings += found
    return Looked(tuple(looked), tuple(findings), tuple(unrun))


def _findings(rule: Rule, seen: Dependencies) -> list[SourceFinding]:
    hits = list(islice(rule.inspect(seen), _MOST_HITS))
    texts = {path: plain_lines(read_text(seen.tree, path)) for path in {hit.path for hit in hits}}
    return [found_at(rule.about, hit, hit.path, texts) for hit in hits]


def plain_lines(text: str) -> str:
    """Return a text whose lines are those that editors count, each as it can be shown."""
    return "\n".join(plain(line) for line in text.split("\n"))


def _unread(seen: Dependencies) -> list[Unrun]:
    """Return the lock files out of which no version was read."""
    read = {lock.place.path for lock in seen.locked}
    return [Unrun(path, "no version could be read from this lock file") for path in seen.lock_files if path not in read]
