"""What became of the items, as plain text that any process of the session can report."""

from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pytest is to report for one item."""

    kind: str
    """passed, failed, xfailed, skipped or error."""
    text: str = ""


_UNJUDGED = Outcome("error", "mcp-audit: the audit gave no verdict; the target may not offer the revision any more")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes of all items by node id, and a few lines about the whole."""

    by_id: dict[str, Outcome] = field(default_factory=dict)
    summary: tuple[str, ...] = ()

    def of(self, nodeid: str) -> Outcome:
        """Return the outcome of an item; one that was not judged is an error."""
        return self.by_id.get(nodeid, _UNJUDGED)

    def dump(self) -> bytes:
        """Return the outcomes as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def load(cls, data: bytes) -> "Outcomes":
        """Return the outcomes that `dump` wrote."""
        return msgspec.json.decode(data, type=cls)
