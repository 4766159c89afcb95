"""How much a target may take of the harness: bytes, messages, nesting, time."""

from dataclasses import dataclass
from typing import Final

MOST_REPLIES: Final = 100
"""Requests of the target that are answered in one conversation; what asks for more is a flood, not a server."""
CLOSE_S: Final = 3.0
"""How long the answer to the end of a session is waited for: nobody needs it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one exchange may cost; a target that goes beyond is cut off, and the cut is recorded."""

    body_bytes: int = 8 * 1024 * 1024
    """Received in one exchange, after decompression."""
    line_bytes: int = 4 * 1024 * 1024
    """One line on stdout, or of an event stream."""
    events: int = 2000
    """Messages, events and stray lines in one exchange."""
    depth: int = 64
    """Nesting of one JSON message."""
    probe_timeout_s: float = 10.0
    connect_timeout_s: float = 5.0
    settle_s: float = 0.1
    """On line transports: how long an error without an id may come after the answer to the control request."""
