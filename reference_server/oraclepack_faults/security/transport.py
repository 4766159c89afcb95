"""Weaknesses of who is let in, and of what they hear."""

from collections.abc import Callable
from typing import Any

from mcp.server.transport_security import TransportSecuritySettings
from oraclepack_mcp.security.scopes import SCOPES, Caller

from oraclepack_faults.fault import both, replaces

Function = Callable[..., Any]


@replaces("oraclepack/s33-any-host", "security", "oraclepack_mcp.protocol.callers.is_foreign_host")
def _no_host_check(_: Function) -> Function:
    """Requests are served under whatever name a browser was made to believe."""
    return lambda *_: False


@replaces("oraclepack/s33-any-host", "security", "oraclepack_mcp.http.serving._transport_security")
def _unprotected(_: Function) -> Function:
    """Requests are served under whatever name a browser was made to believe."""
    # mcp-audit: ignore[source/no-transport-security] the fault itself
    return lambda _: TransportSecuritySettings(enable_dns_rebinding_protection=False)


any_host = both(_no_host_check, _unprotected)


@replaces("oraclepack/s33-any-origin", "security", "oraclepack_mcp.protocol.callers.is_foreign_origin")
def _no_origin_check(_: Function) -> Function:
    """Requests are served for the pages of any site."""
    return lambda *_: False


@replaces("oraclepack/s33-any-origin", "security", "oraclepack_mcp.http.serving._transport_security")
def _likewise_unprotected(_: Function) -> Function:
    """Requests are served for the pages of any site."""
    # mcp-audit: ignore[source/no-transport-security] the fault itself
    return lambda _: TransportSecuritySettings(enable_dns_rebinding_protection=False)


any_origin = both(_no_origin_check, _likewise_unprotected)


@replaces("oraclepack/s33-no-token", "security", "oraclepack_mcp.http.serving.Authentication")
def no_token(_: object) -> Function:
    """Whoever reaches the address is let in."""
    return lambda app, *_: app


@replaces("oraclepack/s33-any-audience", "security", "oraclepack_mcp.http.auth.claims._own_among")
def any_audience(_: Function) -> Function:
    """A token is good whatever server it was issued for."""
    return lambda _, resource_url: resource_url


@replaces("oraclepack/s33-any-scope", "security", "oraclepack_mcp.http.admission.Admission._check_scopes")
def _any_scope_by_http(_: Function) -> Function:
    """A token is good for everything, whatever it was issued for."""
    return lambda *_: None


@replaces("oraclepack/s33-any-scope", "security", "oraclepack_mcp.security.scopes.Caller.require")
def _any_scope(_: Function) -> Function:
    """A token is good for everything, whatever it was issued for."""
    return lambda *_: None


any_scope = both(_any_scope_by_http, _any_scope)


@replaces("oraclepack/s33-any-address", "security", "oraclepack_mcp.settings.refuse_exposure")
def any_address(_: Function) -> Function:
    """The server listens on every address, for everybody, if it is told to."""
    return lambda _: None


@replaces("oraclepack/s34-any-sdk", "security", "oraclepack_mcp.server.build.require_known_sdk")
def any_sdk(_: Function) -> Function:
    """The server starts with whatever version of the SDK is there."""
    return lambda: None


@replaces("oraclepack/s40-anyone-listens", "security", "oraclepack_mcp.server.resources.changes._fingerprint")
def anyone_listens(fingerprint: Function) -> Function:
    """Whoever is connected hears of changes of every resource."""
    everybody = Caller("everybody", frozenset(SCOPES))
    return lambda domain, _, uri, now: fingerprint(domain, everybody, uri, now)
