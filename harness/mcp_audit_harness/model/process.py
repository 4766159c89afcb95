"""What a target's process costs its machine at one moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """One reading of a target on this machine, summed over its process and all that it started."""

    pid: int
    name: str
    """Of the program, as the system knows it."""
    processes: int
    rss_bytes: int
    """Memory that is in use and not swapped out."""
    handles: int
    """Open files and sockets (handles on Windows)."""
    threads: int
    cpu_s: float = 0.0
    """Processor seconds so far, of those that still run."""
