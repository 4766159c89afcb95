"""Applies the rules about dependencies to a tree; lock files that cannot be read are said."""

from collections.abc import Sequence

from ...model import AdvisoryDatabase, SourceFinding, SourceRule, Unrun
from ..applying import found_at, hits_of
from ..looked import Looked
from ..rules import Reads, Rule
from ..tree import SourceTree
from .packages import Dependencies, plain, read_text
from .reading import dependencies_of


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
        hits = hits_of(rule, seen, rule.about.id)
        if isinstance(hits, Unrun):
            unrun.append(hits)
        else:
            looked.append(rule.about)
            texts = {path: plain_lines(read_text(tree, path)) for path in {hit.path for hit in hits}}
            findings += [found_at(rule.about, hit, hit.path, texts) for hit in hits]
    return Looked(tuple(looked), tuple(findings), tuple(unrun))


def plain_lines(text: str) -> str:
    """Return a text whose lines are those that editors count, each as it can be shown."""
    return "\n".join(plain(line) for line in text.split("\n"))


def _unread(seen: Dependencies) -> list[Unrun]:
    """Return the lock files out of which no version was read."""
    read = {lock.place.path for lock in seen.locked}
    return [Unrun(path, "no version could be read from this lock file") for path in seen.lock_files if path not in read]
