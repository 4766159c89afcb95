"""Web addresses as metadata names them, compared as URLs are, not as texts (RFC 3986 section 6.2)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp_audit_harness.model.target import is_loopback

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An absolute http or https URL in parts: scheme and host in lower case, the port always there."""

    text: str
    scheme: str
    host: str
    port: int
    path: str
    """Without a slash at its end."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return self.scheme, self.host, self.port

    @property
    def is_loopback(self) -> bool:
        """Whether it names this machine."""
        return is_loopback(self.host)

    def contains(self, other: "WebAddress") -> bool:
        """Whether `other` is the same address or one below it; all names of loopback count as one host."""
        same_host = self.origin == other.origin or (
            self.is_loopback and other.is_loopback and (self.scheme, self.port) == (other.scheme, other.port)
        )
        return same_host and f"{other.path}/".startswith(f"{self.path}/")


def address_of(text: Any) -> WebAddress | None:
    """Return an address in parts; None for what is none, or has a user or a fragment."""
    if not isinstance(text, str):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    if port is None or not parts.hostname or parts.username is not None or parts.fragment:
        return None
    return WebAddress(text, parts.scheme.lower(), parts.hostname.lower(), port, parts.path.rstrip("/"))
