"""Who may talk to a server on a loopback address: guards against DNS rebinding and cross-site requests.

`mcp` 2.3 matches `host:*` by prefix, so `127.0.0.1:evil` passes; here the lists are explicit, for the port that the
request came in on. A page of another origin gets 403, a name that is not ours 421 (RFC 9110, 15.5.20).
"""

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers

_LOCAL_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")


def is_foreign_host(headers: Headers, port: int) -> bool:
    """Whether the request names a server that this one is not; it names exactly one."""
    hosts = headers.getlist("host")
    return len(hosts) != 1 or hosts[0].lower() not in _authorities(port)


def is_foreign_origin(headers: Headers, port: int, allowed: Iterable[str]) -> bool:
    """Whether a browser sent the request for a page that is neither ours nor allowed; no Origin, no browser."""
    known = {f"http://{authority}" for authority in _authorities(port)} | set(allowed)
    return any(origin.lower() not in known for origin in headers.getlist("origin"))


def _authorities(port: int) -> set[str]:
    names = {f"{name}:{port}" for name in _LOCAL_NAMES}
    return names | set(_LOCAL_NAMES) if port == 80 else names
