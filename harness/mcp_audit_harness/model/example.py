"""What a fault looks like on the wire, beside the same answer without it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """One request to a server with a fault, and to the same server without it; texts are excerpts, for people."""

    check: str
    revision: str
    transport: str
    finding: str
    """What the check said, in one sentence."""
    request: str
    before: str
    """What came back from the server with the fault."""
    after: str
    """What came back from the server without it; empty where the two look alike, as where only time tells."""
