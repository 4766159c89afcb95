"""One normative duty of the specification."""

import enum
from dataclasses import dataclass

from .spec import Level, Revision


@dataclass(frozen=True, slots=True)
class Citation:
    """Where one revision states a duty, and how strongly."""

    revision: Revision
    level: Level
    page: str
    """Path of the page on the specification's site, e.g. `specification/2025-11-25/basic/lifecycle`."""
    anchor: str = ""
    excluded: str = ""
    """Why no check looks at the duty at this revision, where one does at others."""

    @property
    def url(self) -> str:
        """Address of the sentence's section; for duties from elsewhere the source's name."""
        if not self.page.startswith("specification/"):
            return self.page
        return f"https://modelcontextprotocol.io/{self.page}" + (f"#{self.anchor}" if self.anchor else "")


class Role(enum.StrEnum):
    """On whom a duty lies."""

    SERVER = "server"
    CLIENT = "client"
    BOTH = "both"
    AUTHZ_SERVER = "authz-server"
    OTHER = "other"
    """Intermediaries."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One duty across the revisions, in the project's own words."""

    id: str
    text: str
    citations: tuple[Citation, ...]
    """One per revision that knows the duty, oldest first."""
    role: Role = Role.SERVER
    observable: str = "both"
    """Who can see it: black-box-http, black-box-stdio, both, needs-cooperation or not-observable."""
    needs: str = ""
    """What has to be there, or granted, to see it, where it needs cooperation."""
    applies_if: str = ""
    excluded: str = ""
    """Why no check looks at it; empty when one does."""

    @property
    def of_servers(self) -> bool:
        """Whether it binds servers; what binds clients alone is out of scope."""
        return self.role in {Role.SERVER, Role.BOTH}

    def at(self, revision: Revision) -> Citation | None:
        """Return the citation of `revision`, or None where the duty does not exist."""
        return next((citation for citation in self.citations if citation.revision is revision), None)

    def excluded_at(self, revision: Revision) -> str:
        """Return why no check looks at the duty at `revision`; empty when one does."""
        cited = self.at(revision)
        return self.excluded or (cited.excluded if cited else "")
