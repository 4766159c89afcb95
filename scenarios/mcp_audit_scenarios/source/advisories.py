"""Rules over dependencies with published advisories: versions that are locked, and versions that are admitted."""

from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Engine, Severity
from mcp_audit_harness.source.dependencies import Declared, Dependencies, Group, Locked
from mcp_audit_harness.source.dependencies.exposure import (
    Exposure,
    exposed_range,
    exposed_version,
    known_packages,
    serves_http,
)
from mcp_audit_harness.source.dependencies.packages import listed
from mcp_audit_harness.source.dependencies.ranges import pinned
from mcp_audit_harness.source.rules import Hit, Reads, rule

_MOST_NAMED: Final = 12
_REFERENCES: Final = ("https://owasp.org/Top10/A06_2021-Vulnerable_and_Outdated_Components/",)


@rule(
    id="source/vulnerable-version",
    title="A locked version of a dependency has a known vulnerability",
    severity=Severity.HIGH,
    aspect=Aspect.DEPENDENCIES,
    weakness="CWE-1395",
    reads=Reads.DEPENDENCIES,
    engine=Engine.ADVISORIES,
    remediation="Raise the version in the lock file, and the lower bound in the manifest with it.",
    references=_REFERENCES,
    shown_by=("advisories/*",),
)
def vulnerable_version(seen: Dependencies) -> Iterator[Hit]:
    """What a lock file or an exact requirement names is what is installed, wherever the server is built from this
    tree. An advisory that needs an HTTP transport counts little for a server that has none.
    """
    http = serves_http(seen.tree)
    known = known_packages(seen.database)
    for lock in (one for one in seen.locked if (one.ecosystem, one.name) in known):
        found = exposed_version(lock, seen.database, http=http)
        if found:
            yield _hit(lock, f"{lock.name} {lock.version} is affected by", found)


@rule(
    id="source/lower-bound-allows-advisory",
    title="A requirement admits versions with known vulnerabilities",
    severity=Severity.MEDIUM,
    aspect=Aspect.DEPENDENCIES,
    weakness="CWE-1395",
    reads=Reads.DEPENDENCIES,
    engine=Engine.ADVISORIES,
    remediation="Raise the lower bound to a version that no advisory is about; a resolver that has to satisfy another"
    " package takes any version that the bound admits.",
    references=_REFERENCES,
)
def lower_bound_allows_advisory(seen: Dependencies) -> Iterator[Hit]:
    """The lower bound is the author's word that a version is good enough. Where an old environment, another package's
    upper bound or a cache holds the old version, an installer keeps it and is content. Where a lock file names a
    version, that version is judged instead.
    """
    http = serves_http(seen.tree)
    read = {lock.place.path for lock in seen.locked}
    for wanted in seen.declared:
        if wanted.group is Group.PEER or wanted.by_address or pinned(wanted.requirement, wanted.ecosystem):
            continue
        if seen.resolved(wanted) or any(path not in read for path in seen.locks(wanted)):
            continue
        found = exposed_range(wanted, seen.database, http=http)
        if found:
            asked = wanted.requirement or "(any version)"
            yield _hit(wanted, f"{wanted.name} {asked} admits versions affected by", found)


def _hit(package: Locked | Declared, affected: str, found: Exposure) -> Hit:
    """Return the hit at a package, of which `affected` begins the sentence that names the advisories."""
    place = package.place
    message = f"{affected} {_said(found)}"
    return Hit(place.line, message, subject=f"package:{package.name}", path=place.path, severity=found.severity)


def _said(found: Exposure) -> str:
    shown = listed(found.advisories, _MOST_NAMED)
    if found.fixed:
        shown += f"; none is known of {' and '.join(found.fixed)}"
    if found.http_only:
        needs = "1 of them needs" if found.http_only == 1 else f"{found.http_only} of them need"
        shown += f"; {needs} an HTTP transport, which no source here starts"
    return shown
