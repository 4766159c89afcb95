"""Which published advisories a version, or a range of versions, has to do with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from packaging.version import InvalidVersion, Version

from ...model import Advisory, AdvisoryDatabase, Affected, Severity
from ...versions import Precedence, in_any, precedence
from ..tree import SourceTree
from .packages import NPM, PYPI, Declared, Group, Locked
from .ranges import admits, beyond, lowest

_SHIPPED: Final = frozenset({"server", "server-sdk", "server-framework", "tooling"})
"""What a server can be made of; advisories on clients are no concern of it."""
_MALICIOUS: Final = frozenset({"malicious-package"})
_LOWER_BOUND: Final = re.compile(r">=?\s*(\S+)")
_LOWERED: Final = {
    Severity.CRITICAL: Severity.MEDIUM,
    Severity.HIGH: Severity.MEDIUM,
    Severity.MEDIUM: Severity.LOW,
}
_HTTP: Final = re.compile(
    r"""streamable[-_]?http(?!_?client) | SseServerTransport | \bsse_app\b | \bhttp_app\b
      | \buvicorn\b | \bstarlette\b | \bfastapi\b | \bhypercorn\b | \baiohttp\.web\b
      | ["']sse["'] | ["']stdio["'],\s*["']http["'] | transport["']?\s*[=:]=?\s*["']http["']
      | ["'](?:express|hono|fastify|koa)["'] | \bhttps?\.createServer\b | \.listen\(""",
    re.VERBOSE | re.IGNORECASE,
)
"""What a source says that serves HTTP, or hands its server to something that does."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """The advisories on one package that concern a requirement, or a version in a lock file."""

    severity: Severity
    """That of the gravest, lowered as far as an installer or the lack of an HTTP transport keeps it away."""
    advisories: tuple[str, ...]
    """What to show of each, the gravest first: `CVE-2025-53366 (fixed in 1.9.4)`."""
    fixed: tuple[str, ...]
    """For each series of releases the lowest version that fixed something and of which no advisory is known."""
    http_only: int
    """How many of them need an HTTP transport that the tree does not have."""


def known_packages(database: AdvisoryDatabase) -> frozenset[tuple[str, str]]:
    """Return ecosystem and name of every package that an advisory is about."""
    rows = (affected.package for advisory in database.advisories for affected in advisory.affected)
    return frozenset((package.ecosystem, package.name) for package in rows)


def exposed_version(locked: Locked, database: AdvisoryDatabase, *, http: bool) -> Exposure | None:
    """Return the advisories on a resolved version; `http` says whether the tree serves HTTP at all."""
    rows = [
        _Row(advisory, affected, advisory.severity)
        for advisory, affected in _known(locked.ecosystem, locked.name, database, dev=locked.dev)
        if in_any(locked.ecosystem, locked.version, affected.versions)
    ]
    found = _exposure(rows, locked.ecosystem, http=http)
    if found is None:
        return None
    now = _order(locked.version, locked.ecosystem)
    newer = tuple(version for version in found.fixed if _order(version, locked.ecosystem) > now)
    return replace(found, fixed=newer)


def exposed_range(wanted: Declared, database: AdvisoryDatabase, *, http: bool) -> Exposure | None:
    """Return the advisories on versions that a requirement admits; graver where it admits no other versions."""
    rows = [
        _Row(advisory, affected, _lowered(advisory) if _escapes(wanted, affected) else advisory.severity)
        for advisory, affected in _known(
            wanted.ecosystem, wanted.name, database, dev=wanted.group in {Group.DEV, Group.BUILD}
        )
        if _overlaps(wanted, affected)
    ]
    found = _exposure(rows, wanted.ecosystem, http=http)
    if found is None:
        return None
    fixed = tuple(version for version in found.fixed if admits(wanted.requirement, version, wanted.ecosystem))
    return replace(found, fixed=fixed or found.fixed)


def serves_http(tree: SourceTree) -> bool:
    """Whether a source that users run names an HTTP transport or a web framework."""
    return any(_HTTP.search(file.text) for file in tree.shipped)


@dataclass(frozen=True, slots=True)
class _Row:
    advisory: Advisory
    affected: Affected
    severity: Severity

    @property
    def shown(self) -> str:
        if self.advisory.component in _MALICIOUS:
            return f"{self.advisory.id} (malicious)"
        return f"{self.advisory.id} ({f'fixed in {self.affected.fixed}' if self.affected.fixed else 'not fixed'})"


def _known(ecosystem: str, name: str, database: AdvisoryDatabase, *, dev: bool) -> Iterator[tuple[Advisory, Affected]]:
    """Yield the advisories on a package; what only development needs has to be malicious to count."""
    components = _MALICIOUS if dev else _MALICIOUS | _SHIPPED
    for advisory in database.advisories:
        if advisory.component in components:
            for affected in advisory.affected:
                if (affected.package.ecosystem, affected.package.name) == (ecosystem, name):
                    yield advisory, affected


def _exposure(rows: list[_Row], ecosystem: str, *, http: bool) -> Exposure | None:
    if not rows:
        return None
    away = [row for row in rows if row.advisory.http_only and not http]
    judged = [replace(row, severity=Severity.LOW) if row in away else row for row in rows]
    ordered = sorted(judged, key=lambda row: row.severity.rank)
    return Exposure(
        ordered[0].severity,
        tuple(dict.fromkeys(row.shown for row in ordered)),
        tuple(_safe([row.affected for row in rows], ecosystem)),
        len(away),
    )


def _lowered(advisory: Advisory) -> Severity:
    """Return how grave it is where an installer that takes the newest version avoids it."""
    return _LOWERED.get(advisory.severity, advisory.severity)


def _overlaps(wanted: Declared, affected: Affected) -> bool:
    """Whether a requirement admits an affected version: if one does, the lowest of either range is in both."""
    starts = [lowest(wanted.requirement, wanted.ecosystem), *_starts(affected, wanted.ecosystem)]
    return any(
        start
        and in_any(wanted.ecosystem, start, affected.versions)
        and admits(wanted.requirement, start, wanted.ecosystem)
        for start in starts
    )


def _starts(affected: Affected, ecosystem: str) -> Iterator[str]:
    for text in affected.versions:
        bounds = _LOWER_BOUND.findall(text)
        yield bounds[0] if bounds else ("0.0.0" if ecosystem == NPM else "0")


def _escapes(wanted: Declared, affected: Affected) -> bool:
    """Whether a requirement admits a version that is not affected, too: the newest, or one that fixed it."""
    candidates = [beyond(wanted.ecosystem), *_fixes(affected)]
    return any(
        admits(wanted.requirement, version, wanted.ecosystem)
        and not in_any(wanted.ecosystem, version, affected.versions)
        for version in candidates
    )


def _fixes(affected: Affected) -> list[str]:
    return [version.strip() for version in affected.fixed.split(",") if version.strip()]


def _safe(rows: list[Affected], ecosystem: str) -> Iterator[str]:
    """Yield, for each series of releases, the lowest version that fixed something and is affected by nothing."""
    candidates = sorted({fix for affected in rows for fix in _fixes(affected)}, key=lambda one: _order(one, ecosystem))
    series: set[str] = set()
    for version in candidates:
        first = version.partition(".")[0]
        if first not in series and not any(in_any(ecosystem, version, affected.versions) for affected in rows):
            series.add(first)
            yield version


def _order(version: str, ecosystem: str) -> tuple[Version | Precedence, ...]:
    """Return what orders versions of one ecosystem; those that are none come first."""
    if ecosystem == PYPI:
        try:
            return (Version(version),)
        except InvalidVersion:
            return ()
    found = precedence(version)
    return (found,) if found else ()
