"""What a TLS handshake shows of a server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TlsPosture:
    """One server's certificate, and the versions of TLS that it takes."""

    version: str
    """What a client of today and the server agree on; empty if they do not."""
    cipher: str
    trusted: bool
    """Whether the certificate leads to an authority that this machine trusts."""
    distrust: str
    """Why not, in the words of the TLS library."""
    defect: str
    """What is wrong with the certificate whoever issued it: it has ended, or is for another name."""
    days_left: int | None
    """Whole days until the certificate ends; None if it could not be read."""
    old_versions: tuple[str, ...]
    """Versions below 1.2 with which a handshake succeeds."""
    problem: str = ""
    """Why no handshake succeeded at all."""
