"""What is audited, and what its operator consents to."""

import enum
import ipaddress
from dataclasses import dataclass
from typing import TypeAlias


class Transport(enum.StrEnum):
    """How messages travel between the harness and the target."""

    HTTP = "streamable-http"
    SSE = "http+sse"
    """The two-endpoint transport of 2024-11-05, since deprecated."""
    STDIO = "stdio"


ANY = frozenset(Transport)
HTTP_ONLY = frozenset({Transport.HTTP})
STDIO_ONLY = frozenset({Transport.STDIO})


class Call(enum.StrEnum):
    """Which tools the operator lets the harness call."""

    NONE = "none"
    READONLY = "readonly"
    """Tools annotated `readOnlyHint: true` and not `destructiveHint: true`."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Consent:
    """What the operator allows; the default calls only tools that say they change nothing."""

    call: Call = Call.READONLY
    tools: tuple[str, ...] = ()
    """Globs of tool names; when given, only these are called, whatever their annotations say."""
    intrusive: bool = False
    """Whether scenarios that may change state, load or crash the target may run."""
    plant_dir: str = ""
    """A directory that the target may read, where files are planted for the time of the run; empty: none."""
    canary_host: str = ""
    """The name by which the target reaches the loopback of the auditor's machine; empty: not known."""


IDENTITIES = ("second", "low-scope", "foreign-audience")
"""Who else an operator can hand a token for: another user; somebody who may do less; somebody of another server."""


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """A server reached by URL: Streamable HTTP, or the legacy HTTP+SSE transport."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request: credentials and the like. Values never reach a report."""
    verify_tls: bool = True
    transport: Transport | None = None
    """None: found out by preflight."""
    identities: tuple[tuple[str, str], ...] = ()
    """Names of `IDENTITIES`, each with the value of its Authorization header. Values never reach a report."""
    issuer_key: str = ""
    """A file with the key of a test issuer, by which the auditor signs tokens itself; empty: none."""

    @property
    def label(self) -> str:
        """How the target is named to a reader: the URL without credentials, query and fragment."""
        scheme, _, rest = self.url.partition("://")
        authority, slash, path = rest.partition("/")
        host = authority.rpartition("@")[2]
        return f"{scheme}://{host}{slash}{path.partition('?')[0].partition('#')[0]}"


@dataclass(frozen=True, slots=True)
class StdioTarget:
    """A server started as a child process that speaks over stdin and stdout."""

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    """Added to the inherited environment. Values never reach a report."""
    cwd: str | None = None

    @property
    def label(self) -> str:
        """How the target is named to a reader: its command line."""
        return " ".join(self.argv)


Target: TypeAlias = HttpTarget | StdioTarget


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as only its own programs can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
