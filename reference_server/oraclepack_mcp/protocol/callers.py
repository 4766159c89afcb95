"""Who may talk to a server on a loopback address: guards against DNS rebinding and cross-site requests.

`mcp` 2.3 matches `host:*` by prefix, so `127.0.0.1:evil` passes; here the lists are explicit, for the port that the
request came in on. A page of another origin gets 403, a name that is not ours 421 (RFC 9110, 15.5.20).
"""

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers

LOCAL_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
"""The names of this machine for itself; the address that a connection came in on is one, too."""


def is_foreign_host(headers: Headers, server: tuple[str, int]) -> bool:
    """Whether the request names a server that this one is not; it names exactly one."""
    hosts = headers.getlist("host")
    return len(hosts) != 1 or hosts[0].lower() not in _authorities(*server)


def is_foreign_origin(headers: Headers, server: tuple[str, int], allowed: Iterable[str]) -> bool:
    """Whether a browser sent the request for a page that is neither ours nor allowed; no Origin, no browser."""
    known = {f"http://{authority}" for authority in _authorities(*server)} | set(allowed)
    return any(origin.lower() not in known for origin in headers.getlist("origin"))


def authority_name(host: str) -> str:
    """An address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _authorities(host: str, port: int) -> set[str]:
    names = {*LOCAL_NAMES, authority_name(host)}
    with_port = {f"{name}:{port}" for name in names}
    return with_port | names if port == 80 else with_port
