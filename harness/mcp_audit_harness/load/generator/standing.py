"""How a run stands at one moment, read off its ledger: what its web page and its metrics show."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ...model.loading import Latency, LoadError
from .histograms import Counts, added, latency
from .ledger import Group, Ledger

BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latencies that `KindStanding.within` counts, in seconds."""
ERROR_KINDS: Final = ("jsonrpc", "tool", "http", "transport", "timeout")
"""See `LoadError.kind`: errors of the protocol first, then those of what carries it."""
_BUSY_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class KindStanding:
    """All requests of one label so far that were due after the warm-up."""

    group: Group
    label: str
    done: int
    """Answered or failed."""
    latency: Latency
    errors: tuple[LoadError, ...] = ()
    within: tuple[int, ...] = (0,) * len(BOUNDS_S)
    """How many were done within each of `BOUNDS_S`: each number holds those before it."""
    seconds: float = 0.0
    """All latencies together."""

    @property
    def name(self) -> str:
        """The label, and whose requests these are where they are not the load's own."""
        return f"{self.label} (abusive)" if self.group is Group.ABUSE else self.label

    def failed(self, layer: str | None = None) -> int:
        """Count the failures, of one kind of error or of all."""
        return sum(error.count for error in self.errors if layer in {None, error.kind})


@dataclass(frozen=True, slots=True)
class StreamStanding:
    """Event streams and subscriptions so far."""

    open: int = 0
    opened: int = 0
    refused: int = 0
    dropped: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The run so far, of all its processes together; the warm-up is left out of every count."""

    due: int
    waiting: int
    clients: int
    kinds: tuple[KindStanding, ...]
    streams: StreamStanding = StreamStanding()
    processes: int = 1
    cpu_s: float = 0.0
    busiest_percent: float = 0.0
    late_p99_ms: float = 0.0

    @property
    def sessions_opened(self) -> int:
        """How many sessions were opened after the warm-up."""
        return sum(kind.done - kind.failed() for kind in self.kinds if kind.group is Group.SESSION)


def standing(ledger: Ledger, clients: int) -> Standing:
    """Return how a run stands whose ledger this is, with so many clients at the moment."""
    last = ledger.closed[-1] if ledger.closed else None
    streams = ledger.streams
    return Standing(
        due=sum(ledger.offered),
        waiting=last.waiting if last else 0,
        clients=clients,
        kinds=tuple(_kinds(ledger)),
        streams=StreamStanding(
            last.streams if last else 0, streams.opened, streams.refused, streams.dropped, streams.events
        ),
        processes=ledger.processes,
        cpu_s=ledger.cpu_s,
        busiest_percent=_busiest(ledger),
        late_p99_ms=ledger.late_p99_ms,
    )


def _kinds(ledger: Ledger) -> Iterable[KindStanding]:
    names = sorted({(group, label) for group, label, _ in ledger.cells})
    for group, label in names:
        cells = [cell for (*name, _), cell in ledger.cells.items() if tuple(name) == (group, label)]
        counts = added(cell.counts for cell in cells)
        yield KindStanding(
            group,
            label,
            sum(counts.values()),
            latency(counts),
            tuple(
                LoadError(label, kind, what, count, example)
                for (*of, kind, what), (count, example) in ledger.errors.items()
                if tuple(of) == (group, label)
            ),
            tuple(_within(counts, bound) for bound in BOUNDS_S),
            sum(us * count for us, count in counts.items()) / 1e6,
        )


def _within(counts: Counts, bound_s: float) -> int:
    return sum(count for us, count in counts.items() if us <= bound_s * 1e6)


def _busiest(ledger: Ledger) -> float:
    """Return for how much of the last seconds the busiest process was busy, in percent."""
    last = ((by_second, sorted(by_second)[-_BUSY_SECONDS:]) for by_second in ledger.busy.values() if by_second)
    shares = (sum(by_second[number] for number in numbers) / len(numbers) for by_second, numbers in last)
    return max(shares, default=0.0) * 100
