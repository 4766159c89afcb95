"""Which published advisories a server has to do with: by what it says of itself, and by how it behaves.

What it says proves nothing (a banner can lie, a distributor can have patched): only where a check has seen the
behaviour as well is the advisory confirmed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from .model import (
    Advisory,
    AdvisoryDatabase,
    Affected,
    Exchange,
    JsonObject,
    KnownServer,
    NamedAdvisory,
    Package,
    Relation,
    Transport,
)
from .versions import in_any

_SERVERS: Final = frozenset({"server", "server-sdk", "server-framework", "malicious-package"})
_OPENINGS: Final = frozenset({"initialize", "server/discover"})
_META_INFO: Final = "io.modelcontextprotocol/serverInfo"
_BANNERS: Final = ("server", "x-powered-by")
_PRODUCT: Final = re.compile(r"([\w!#$%&'*+.^`|~@-]{1,80})/([\w.+-]{1,64})", re.ASCII)
"""Name and version in a banner (RFC 9110, 10.2.4)."""
_LONGEST_VERSION: Final = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of the software that answers."""

    packages: frozenset[Package] = frozenset()
    """What it is made of, as far as it gives itself away."""
    versions: tuple[tuple[Package, str], ...] = ()
    """The versions that it gives, in its own words."""
    http: bool = True
    """Whether it is asked over HTTP."""

    def concerns(self, advisory: Advisory) -> bool:
        """Whether an advisory is about servers of its kind."""
        return (advisory.component in _SERVERS) and (self.http or not advisory.http_only)


def introductions(exchanges: Iterable[Exchange]) -> tuple[JsonObject, ...]:
    """Return what a server said of itself, each thing once: serverInfo, and the products in banners."""
    said: dict[tuple[str, str], JsonObject] = {}
    for exchange in exchanges:
        for info in (*_server_infos(exchange), *_products(exchange)):
            said.setdefault((repr(info.get("name")), repr(info.get("version"))), info)
    return tuple(said.values())


def _server_infos(exchange: Exchange) -> Iterator[JsonObject]:
    result = exchange.result if exchange.sent.method in _OPENINGS else None
    if result is not None:
        meta = result.get("_meta")
        for info in (result.get("serverInfo"), meta.get(_META_INFO) if isinstance(meta, dict) else None):
            if isinstance(info, dict):
                yield info


def _products(exchange: Exchange) -> Iterator[JsonObject]:
    for header in _BANNERS:
        for name, version in _PRODUCT.findall(exchange.header(header) or ""):
            yield {"name": name, "version": version}


def identity(introduced: Iterable[JsonObject], transport: Transport, database: AdvisoryDatabase) -> Identity:
    """Return what a server says that it is."""
    packages: set[Package] = set()
    versions: dict[tuple[Package, str], None] = {}
    for info in introduced:
        known = _known(info.get("name"), database)
        version = info.get("version")
        if known is None:
            continue
        packages |= {known.package} | ({known.version_of} if known.version_of else set())
        if known.version_of is not None and isinstance(version, str) and len(version) <= _LONGEST_VERSION:
            versions[known.version_of, version] = None
    return Identity(frozenset(packages), tuple(versions), transport is Transport.HTTP)


def marked(exchanges: Iterable[Exchange], database: AdvisoryDatabase) -> frozenset[Package]:
    """Return the packages that gave themselves away by how they word their answers."""
    left = set(database.marks)
    found: set[Package] = set()
    for exchange in exchanges:
        if not left:
            break
        seen = {mark for mark in left if mark.text in exchange.body}
        found |= {mark.package for mark in seen}
        left -= seen
    return frozenset(found)


def matching(known: Identity, database: AdvisoryDatabase) -> Iterator[tuple[Advisory, Affected, str]]:
    """Yield the advisories on servers whose affected versions the server says it is, with that version."""
    for advisory in database.advisories:
        if known.concerns(advisory):
            for affected in advisory.affected:
                for package, version in known.versions:
                    if package == affected.package and in_any(package.ecosystem, version, affected.versions):
                        yield advisory, affected, version


def named(
    check: str, known: Identity, marks: frozenset[Package], database: AdvisoryDatabase
) -> tuple[NamedAdvisory, ...]:
    """Return the advisories that a FAIL of `check` has to do with, those that are certain first."""
    found = [
        _named(advisory, affected, known, marks)
        for advisory in database.advisories
        if check in advisory.proven_by and known.concerns(advisory)
        for affected in advisory.affected
    ]
    order = list(Relation)
    return tuple(sorted(found, key=lambda item: order.index(item.relation)))


def claimed(advisory: Advisory, affected: Affected, version: str) -> NamedAdvisory:
    """Return the advisory as possible: the server says that it is `version`, and nothing more is known."""
    reason = f"the server says that it is {affected.package} {version}"
    return _with(advisory, affected, Relation.POSSIBLE, reason)


def _known(name: object, database: AdvisoryDatabase) -> KnownServer | None:
    """Return what a server's name stands for: by the table, or because packages of that name are in the database."""
    for server in database.servers:
        if server.name == name:
            return server
    packages = {
        affected.package
        for advisory in database.advisories
        if advisory.component in {"server", "malicious-package"}
        for affected in advisory.affected
        if affected.package.name == name
    }
    if len(packages) != 1:
        return None
    (package,) = packages
    return KnownServer(str(name), package, package)


def _named(advisory: Advisory, affected: Affected, known: Identity, marks: frozenset[Package]) -> NamedAdvisory:
    package = affected.package
    versions = [version for of, version in known.versions if of == package]
    hit = next((version for version in versions if in_any(package.ecosystem, version, affected.versions)), None)
    if hit is not None:
        said = f"the server says that it is {package} {hit}, and behaves as the advisory says"
        return _with(advisory, affected, Relation.CONFIRMED, said)
    if versions:
        said = f"the same behaviour, though the server says that it is {package} {versions[0]}"
        return _with(advisory, affected, Relation.RELATED, said)
    if package in known.packages or package in marks:
        how = "its name" if package in known.packages else "its answers"
        said = f"the server behaves as the advisory says and is {package} by {how}; its version cannot be seen"
        return _with(advisory, affected, Relation.POSSIBLE, said)
    return _with(advisory, affected, Relation.RELATED, f"the same behaviour in {package}")


def _with(advisory: Advisory, affected: Affected, relation: Relation, reason: str) -> NamedAdvisory:
    return NamedAdvisory(
        id=advisory.id,
        aliases=advisory.aliases,
        package=str(affected.package),
        affected=" or ".join(affected.versions),
        fixed=affected.fixed,
        relation=relation,
        reason=reason,
        url=advisory.url,
    )
