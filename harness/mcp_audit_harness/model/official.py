"""The official conformance suite: what it wrote of a target, and how its names relate to ours."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from .spec import Revision


@dataclass(frozen=True, slots=True)
class OfficialCheck:
    """One verdict of the suite at one revision."""

    id: str
    status: str
    """SUCCESS, FAILURE, WARNING, SKIPPED or INFO."""
    revision: Revision
    message: str = ""
    """Its evidence in its own words."""


@dataclass(frozen=True, slots=True)
class OfficialAliases:
    """Which of the suite's checks assert the same as duties or features of the catalogue."""

    same: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The suite's ids, each with ids of duties and features."""
    explained: tuple[tuple[str, str], ...] = ()
    """The suite's ids, each with the sentence that says why both may be right although they contradict each other."""
    different: tuple[tuple[str, str], ...] = ()
    """The suite's ids, or globs of them, each with the reason why it has no row."""

    def rows(self, official: str) -> tuple[str, ...]:
        """Return the ids of the duties and features that a check of the suite is about."""
        return next((rows for name, rows in self.same if name == official), ())

    def explanation(self, official: str) -> str:
        """Return why the suite may say the opposite of us; empty where nothing is known."""
        return next((text for name, text in self.explained if name == official), "")

    def reason(self, official: str) -> str:
        """Return why a check of the suite has no row: that of its own id rather than of a glob."""
        exact = next((text for name, text in self.different if name == official), "")
        return exact or next((text for glob, text in self.different if fnmatchcase(official, glob)), "not known here")
