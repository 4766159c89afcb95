"""Rules over what a server asks its package registry for: versions without bounds, no lock file."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.dependencies import Declared, Dependencies, Group
from mcp_audit_harness.source.dependencies.packages import listed, read_text
from mcp_audit_harness.source.dependencies.ranges import unbounded
from mcp_audit_harness.source.rules import Hit, Reads, rule

_GIT: Final = re.compile(r"git\b|(github|gitlab|bitbucket):|[\w.-]+/[\w.-]+$")
_AT_REVISION: Final = re.compile(r"#\S|[^/:…]+[/:][^@]*[^@…/]@[\w.-]")
_MOST_NAMED: Final = 8
_DATA: Final = frozenset({"certifi", "tzdata", "pytz"})
"""Packages of nothing but data that goes out of date: the newest is always the right one."""

_CHECKOUT: Final = (".gitignore", ".github/", ".gitlab-ci.yml", "Dockerfile", "docker-compose.yml")
"""What a checkout has, and a package of npm has not: npm never packs a lock file."""
_PUBLISHED: Final = "PKG-INFO"
"""What a source distribution of PyPI has: its author chose what else is in it."""
_RUNS: Final = re.compile(
    r"""^\[(project|tool\.poetry)\.scripts\] | "bin"\s*: | "start"\s*: | "private"\s*:\s*true""",
    re.MULTILINE | re.VERBOSE,
)
"""Manifests of something that is run."""
_LISTS: Final = (".txt", ".in")


@rule(
    id="source/unpinned-dependency",
    title="Dependencies name no version at all",
    severity=Severity.LOW,
    aspect=Aspect.DEPENDENCIES,
    weakness="CWE-1357",
    reads=Reads.DEPENDENCIES,
    remediation="Name at least the lowest version that works (`>=1.2`, `^1.2`), a revision for what comes from git, and"
    " commit a lock file.",
    references=("https://packaging.python.org/en/latest/specifications/version-specifiers/",),
)
def unpinned_dependency(seen: Dependencies) -> Iterator[Hit]:
    """Without a bound and without a lock file two builds of the same source are two different servers: whatever the
    registry serves that day is installed, a release with a breaking change or one of a hijacked account included.
    """
    for path, wanted in _by_manifest(seen).items():
        loose = [one for one in wanted if _loose(one) and not seen.locks(one) and not seen.resolved(one)]
        if loose:
            names = list(dict.fromkeys(one.name for one in loose))
            shown = listed(names, _MOST_NAMED)
            yield Hit(
                loose[0].place.line,
                f"{len(names)} of {len({one.name for one in wanted})} dependencies take any version: {shown}",
                subject=f"package:{names[0]}" if len(names) == 1 else "",
                path=path,
            )


@rule(
    id="source/no-lock-file",
    title="No lock file says which versions a server runs with",
    severity=Severity.INFO,
    aspect=Aspect.DEPENDENCIES,
    reads=Reads.DEPENDENCIES,
    remediation="Commit the lock file of your tool (uv.lock, poetry.lock, package-lock.json, pnpm-lock.yaml …) and"
    " install from it where the server is built and tested.",
)
def no_lock_file(seen: Dependencies) -> Iterator[Hit]:
    """A lock file makes builds repeatable, and lets anybody see whether a known vulnerability is among the versions
    in use. A checkout of a server that has dependencies and none is looked at once for each ecosystem.
    """
    files = seen.tree.others
    if _PUBLISHED in files or not any(path.startswith(_CHECKOUT) for path in files):
        return
    told: set[str] = set()
    for path, wanted in _by_manifest(seen).items():
        first = wanted[0]
        unlocked = [one for one in wanted if not seen.locks(one) and not seen.resolved(one)]
        if unlocked and first.ecosystem not in told and _runs(seen, path):
            told.add(first.ecosystem)
            yield Hit(first.place.line, f"no lock file pins what {path} asks for", path=path)


def _by_manifest(seen: Dependencies) -> dict[str, Sequence[Declared]]:
    """Return the requirements that users get, by manifest."""
    found: dict[str, list[Declared]] = defaultdict(list)
    for one in seen.declared:
        if one.group is Group.MAIN:
            found[one.place.path].append(one)
    return dict(found)


def _loose(wanted: Declared) -> bool:
    if wanted.name in _DATA:
        return False
    if wanted.by_address:
        return bool(_GIT.match(wanted.requirement)) and not _AT_REVISION.search(wanted.requirement)
    return unbounded(wanted.requirement, wanted.ecosystem)


def _runs(seen: Dependencies, path: str) -> bool:
    name = PurePosixPath(path).name
    return name == "Pipfile" or name.endswith(_LISTS) or bool(_RUNS.search(read_text(seen.tree, path)))
