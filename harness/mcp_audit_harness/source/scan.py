"""Scans a source tree with every engine: the rules of the check packs, the advisory database, bandit and mypy."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from ..model import AdvisoryDatabase, SourceFinding, SourceScan
from .applying import Tell, apply_rules
from .bandit import run_bandit
from .dependencies.judging import judge_dependencies
from .dependencies.online import audit_online
from .ignoring import heed, ignores_of
from .looked import together
from .mypy import run_mypy
from .project import project_of
from .quality import quality_of
from .rules import Rule
from .tree import SourceTree, read_tree


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """How a tree is scanned."""

    online: bool = False
    """Whether registries may be asked for advisories, too."""
    exclude: tuple[str, ...] = ()
    """Globs of paths below the root that are left out."""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    """Globs of rule ids."""

    def wants(self, rule: str) -> bool:
        """Whether the rule is asked for."""
        chosen = not self.only or any(fnmatchcase(rule, glob) for glob in self.only)
        return chosen and not any(fnmatchcase(rule, glob) for glob in self.skip)


def scan(
    root: Path, rules: Sequence[Rule], database: AdvisoryDatabase, settings: SourceSettings, tell: Tell
) -> SourceScan:
    """Return everything that is found in the tree at `root`; nothing of it is imported or run.

    Raises:
        AuditError: if there is no directory at `root`, or more in it than can be read.
    """
    begun = time.monotonic()
    tree = _without(read_tree(root), settings.exclude)
    chosen = [rule for rule in rules if settings.wants(rule.about.id)]
    with ThreadPoolExecutor() as beside:  # bandit and mypy are processes of their own, and take longest
        security, types = beside.submit(run_bandit, tree), beside.submit(run_mypy, tree)
        online = beside.submit(audit_online, tree) if settings.online else None
        looked = [apply_rules(tree, chosen, tell), judge_dependencies(tree, chosen, database)]
        tell("bandit and mypy")
        typed, errors = types.result()
        looked += [security.result(), typed, *([online.result()] if online else [])]
    seen = together(looked)
    comments = {file.path: ignores_of(file.text) for file in tree.shipped} | {
        path: ignores_of(tree.read(path)) for path in tree.others if path.endswith((".toml", ".txt", ".cfg"))
    }
    wanted = [finding for finding in seen.findings if settings.wants(finding.rule)]
    heeded = heed(wanted, comments)
    return SourceScan(
        root=str(root),
        project=project_of(tree),
        quality=quality_of(tree, errors),
        rules=tuple(rule for rule in seen.rules if settings.wants(rule.id)),
        findings=tuple(_named(sorted(heeded.findings, key=_order))),
        unrun=(*seen.unrun, *heeded.unheeded),
        duration_s=time.monotonic() - begun,
    )


def _without(tree: SourceTree, globs: Sequence[str]) -> SourceTree:
    """Return the tree without what is to be left out."""

    def kept(path: str) -> bool:
        return not any(fnmatchcase(path, glob) for glob in globs)

    sources = tuple(file for file in tree.sources if kept(file.path))
    others = tuple(path for path in tree.others if kept(path))
    return replace(tree, sources=sources, others=others)


def _order(finding: SourceFinding) -> tuple[int, str, str, int]:
    return finding.severity.rank, finding.rule, finding.place.path, finding.place.line


def _named(findings: Iterable[SourceFinding]) -> Iterator[SourceFinding]:
    """Give each finding its fingerprint: of rule, file and text of the line, and which of several alike it is."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        key = finding.rule, finding.place.path, finding.place.text
        seen[key] += 1
        text = "\n".join((*key, finding.subject, str(seen[key])))
        yield replace(finding, fingerprint=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16])
