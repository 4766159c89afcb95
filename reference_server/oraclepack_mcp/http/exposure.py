"""Which address the server may listen on: loopback, or with tokens and TLS any."""

import ipaddress
from typing import Protocol

from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.http.settings import ProxySettings, TlsSettings
from oraclepack_mcp.protocol.callers import Scheme


class Binding(Protocol):
    """The settings that decide who can reach the server."""

    @property
    def host(self) -> str:
        """The address to listen on."""

    @property
    def auth(self) -> AuthSettings | None:
        """How tokens are verified; none: everybody is let in."""

    @property
    def tls(self) -> TlsSettings | None:
        """The certificate to serve TLS with."""

    @property
    def behind_tls_proxy(self) -> ProxySettings | None:
        """The proxy that serves TLS in front."""


def refuse_exposure(binding: Binding) -> None:
    """Refuse to be reached from other machines by everybody, or in the clear.

    Raises:
        ValueError: says in one sentence what is missing.
    """
    if binding.tls and binding.behind_tls_proxy:
        raise ValueError("TLS is served either here or by the proxy in front, not by both")
    if is_loopback(binding.host) and not binding.behind_tls_proxy:
        return
    if binding.auth is None:
        raise ValueError("without authentication the server listens on a loopback address only")
    if binding.auth.development:
        raise ValueError("with development tokens the server listens on a loopback address only")
    if scheme_of(binding) == "http":
        raise ValueError(
            "on another address than a loopback one the server needs a TLS certificate, or a proxy with one"
        )
    if not public_hosts_of(binding):
        raise ValueError("on another address than a loopback one the server needs the names that clients call it by")
    if not binding.auth.resource_url.startswith("https://"):
        raise ValueError("the resource URL of a server that others can reach begins with https://")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def scheme_of(binding: Binding) -> Scheme:
    """The scheme of the URLs that clients use."""
    return "https" if binding.tls or binding.behind_tls_proxy else "http"


def public_hosts_of(binding: Binding) -> tuple[str, ...]:
    """What a Host header may name besides the address of the connection."""
    named = binding.tls or binding.behind_tls_proxy
    return named.public_hosts if named else ()
