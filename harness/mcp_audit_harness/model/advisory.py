"""Published advisories: what was wrong with which versions of a package, and by what a server gives itself away."""

import enum
from dataclasses import dataclass

from .verdict import Severity


class Relation(enum.StrEnum):
    """What an advisory has to do with a finding."""

    CONFIRMED = "confirmed"
    """The server says that it is an affected version, and behaves as the advisory says."""
    POSSIBLE = "possible"
    """One of the two: an affected version by its own words, or the behaviour of a package whose version is unknown."""
    RELATED = "related"
    """The same weakness in a package of which nothing was seen here."""


@dataclass(frozen=True, slots=True)
class Package:
    """Software by the name under which a registry has it."""

    ecosystem: str
    """As OSV writes it: PyPI, npm, Go, crates.io, RubyGems, Maven, …"""
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.ecosystem})"


@dataclass(frozen=True, slots=True)
class Affected:
    """Which versions of a package an advisory is about."""

    package: Package
    versions: tuple[str, ...]
    """Ranges such as `>=1.3.0 <1.25.2`, of which one has to hold; `*` for all; none where no source states any."""
    fixed: str = ""
    """The versions that are no longer affected; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Advisory:
    """One weakness that was published."""

    id: str
    aliases: tuple[str, ...]
    component: str
    """server, server-sdk, server-framework, client, client-sdk, tooling or malicious-package."""
    severity: Severity
    published: str
    weaknesses: tuple[str, ...]
    """CWE numbers."""
    summary: str
    affected: tuple[Affected, ...]
    attacks: tuple[str, ...] = ()
    """Ids of the attacks that would show it."""
    proven_by: tuple[str, ...] = ()
    """Ids of the checks that fail on an affected version, and on no fixed one, because of it."""
    note: str = ""
    http_only: bool = False
    """Whether it is about HTTP servers only."""
    visible: str = "no"
    """Whether it can be seen from outside: yes, partial or no."""
    confirmation: str = ""
    """How its text was confirmed."""
    confirmed: str = ""
    """When: a date."""
    sources: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Where to read it: the first source that is an address."""
        return next((source for source in self.sources if source.startswith("https://")), "")


@dataclass(frozen=True, slots=True)
class KnownServer:
    """A name that a server gives in `serverInfo`, and what it stands for."""

    name: str
    package: Package
    version_of: Package | None = None
    """What the version beside the name is the version of; None if it says nothing."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text that only one package writes into its answers."""

    package: Package
    text: str


@dataclass(frozen=True, slots=True)
class AdvisoryDatabase:
    """What is known of vulnerable versions."""

    advisories: tuple[Advisory, ...] = ()
    servers: tuple[KnownServer, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedAdvisory:
    """An advisory as a finding names it."""

    id: str
    aliases: tuple[str, ...]
    package: str
    affected: str
    fixed: str
    relation: Relation
    reason: str
    """Why it is named."""
    url: str
