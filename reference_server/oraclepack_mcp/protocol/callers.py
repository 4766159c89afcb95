"""Who may talk to the server: guards against DNS rebinding and cross-site requests.

`mcp` 2.3 matches `host:*` by prefix, so `127.0.0.1:evil` passes; here the lists are explicit, for the port that the
request came in on. A page of another origin gets 403, a name that is not ours 421 (RFC 9110, 15.5.20).
"""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from oraclepack_mcp.protocol.refusals import HttpRefusedError, answer_of

Scheme: TypeAlias = Literal["http", "https"]

LOCAL_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
"""The names of this machine for itself; the address that a connection came in on is one, too."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class CallerCheck:
    """The layer that turns away who does not mean this server, before anything else is looked at.

    `public_hosts` are what a Host header may hold besides the address of the connection, like `mcp.example.com`;
    `scheme` is the one that clients use, be it TLS here or at a proxy.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed_origins: Iterable[str] = (),
        public_hosts: Iterable[str] = (),
        scheme: Scheme = "http",
    ) -> None:
        self._app = app
        self._public_hosts = frozenset(public_hosts)
        self._allowed_origins = frozenset(allowed_origins) | {f"{scheme}://{host}" for host in self._public_hosts}
        self._scheme: Scheme = scheme

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        refused = self._judge(scope) if scope["type"] == "http" else None
        await (answer_of(refused) if refused else self._app)(scope, receive, send)

    def _judge(self, scope: Scope) -> HttpRefusedError | None:
        headers, server = Headers(scope=scope), scope["server"]
        if is_foreign_host(headers, server, self._public_hosts, self._scheme):
            return HttpRefusedError(HTTPStatus.MISDIRECTED_REQUEST, "The Host header does not name this server.")
        if is_foreign_origin(headers, server, self._allowed_origins, self._scheme):
            return HttpRefusedError(HTTPStatus.FORBIDDEN, "Requests from this origin are not allowed.")
        return None


def is_foreign_host(
    headers: Headers, server: tuple[str, int], public: Iterable[str] = (), scheme: Scheme = "http"
) -> bool:
    """Whether the request names a server that this one is not; it names exactly one."""
    hosts = headers.getlist("host")
    return len(hosts) != 1 or (
        hosts[0].lower() not in _authorities(*server, scheme) and hosts[0].lower() not in set(public)
    )


def is_foreign_origin(
    headers: Headers, server: tuple[str, int], allowed: Iterable[str], scheme: Scheme = "http"
) -> bool:
    """Whether a browser sent the request for a page that is neither ours nor allowed; no Origin, no browser."""
    origins = headers.getlist("origin")
    if not origins:
        return False
    known = {f"{scheme}://{authority}" for authority in _authorities(*server, scheme)} | set(allowed)
    return any(origin.lower() not in known for origin in origins)


def authority_name(host: str) -> str:
    """An address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


@lru_cache(maxsize=64)
def _authorities(host: str, port: int, scheme: Scheme) -> frozenset[str]:
    names = frozenset({*LOCAL_NAMES, authority_name(host)})
    with_port = frozenset(f"{name}:{port}" for name in names)
    return with_port | names if port == DEFAULT_PORTS[scheme] else with_port
