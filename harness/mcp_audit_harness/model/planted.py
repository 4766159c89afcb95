"""What the auditor plants and what its listener hears: facts about effects that no answer can fake."""

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class PlantedFile:
    """A file with a random text."""

    path: str
    """Absolute."""
    text: str
    """Only who read the file can know it."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePath(self.path).name

    @property
    def uri(self) -> str:
        """The `file:` URI (RFC 8089)."""
        return PurePath(self.path).as_uri()


@dataclass(frozen=True, slots=True)
class Planted:
    """Files in and around a directory that the target may read."""

    directory: str
    """The directory itself, absolute."""
    inside: PlantedFile
    """May be read: the control."""
    beyond: PlantedFile
    """In another directory, far away."""
    link: PlantedFile
    """A symbolic link in the directory, to `beyond`."""
    through: PlantedFile
    """`beyond` by way of a link in the directory to its directory."""
    beside: PlantedFile | None = None
    """In the parent directory; None if that cannot be written."""
    sibling: PlantedFile | None = None
    """In a directory beside it whose name begins with its name; None if the parent cannot be written."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that reached the auditor's listener."""

    url: str
    """The address that was handed out, by which it came."""
    method: str
    target: str
    """The request target as it was sent."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    body: str = ""
    """At most 4 KiB."""

    def header(self, name: str) -> str | None:
        """Return the first header of that name; None if there is none."""
        return next((value for key, value in self.headers if key == name.lower()), None)
