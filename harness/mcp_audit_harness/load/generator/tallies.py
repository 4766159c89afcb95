"""What a ledger counts, and how it travels from one process to another. Pure."""

from dataclasses import dataclass, field

from .histograms import Counts, added
from .silence import Quiet


@dataclass(slots=True)
class Cell:
    """Requests of one group and label that were due in one part."""

    counts: Counts = field(default_factory=dict)
    errors: int = 0

    def add(self, other: "Cell") -> None:
        """Add what another process counted."""
        self.counts = added((self.counts, other.counts))
        self.errors += other.errors


@dataclass(slots=True)
class Second:
    """What happened in one second."""

    due: int = 0
    done: int = 0
    errors: int = 0
    waiting: int = 0
    streams: int = 0
    counts: Counts = field(default_factory=dict)

    def add(self, other: "Second") -> None:
        """Add what another process counted."""
        self.due += other.due
        self.done += other.done
        self.errors += other.errors
        self.waiting += other.waiting
        self.streams += other.streams
        self.counts = added((self.counts, other.counts))


@dataclass(slots=True)
class Streams:
    """Event streams so far."""

    opened: int = 0
    refused: int = 0
    dropped: int = 0
    events: int = 0

    def add(self, other: "Streams") -> None:
        """Add what another process counted."""
        self.opened += other.opened
        self.refused += other.refused
        self.dropped += other.dropped
        self.events += other.events


@dataclass(slots=True)
class Dump:
    """What one process has counted, as it travels to another."""

    process: str
    cells: list[tuple[int, str, int, Cell]]
    offered: list[int]
    achieved: list[int]
    seconds: dict[int, Second]
    errors: list[tuple[int, str, str, str, int, str]]
    late: list[Counts]
    quiet: list[Quiet]
    cpu: dict[int, float]
    busy: dict[int, float]
    streams: Streams
