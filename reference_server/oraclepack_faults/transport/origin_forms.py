"""Faults in the comparison of origins and hosts that nearly are the server's own."""

from oraclepack_faults.fault import ASGIApp, Receive, Scope, Send, wraps_http
from oraclepack_faults.transport.asgi import changing_requests, field, is_single, respond, with_fields


@wraps_http("rebinding/matches-part-of-origin", "transport")
def searches_for_localhost(app: ASGIApp) -> ASGIApp:
    """The server trusts every Origin that ends with localhost."""

    def without_suffixed(scope: Scope) -> Scope:
        host = _origin(scope).rpartition(":")[0]
        return with_fields(scope, {"origin": None}) if host.endswith("-localhost") else scope

    return changing_requests(app, without_suffixed)


@wraps_http("rebinding/trips-over-odd-origin", "transport")
def trips_over_bracket(app: ASGIApp) -> ASGIApp:
    """The server answers an Origin that it cannot parse with 500."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _origin(scope) == "http://[::1":
            await respond(send, 500)
            return
        await app(scope, receive, send)

    return served


@wraps_http("rebinding/trusts-unspecified-address", "transport")
def trusts_unspecified_address(app: ASGIApp) -> ASGIApp:
    """The server takes 0.0.0.0 for one of its own names."""

    def without_unspecified(scope: Scope) -> Scope:
        is_unspecified = _origin(scope).startswith("http://0.0.0.0")
        return with_fields(scope, {"origin": None}) if is_unspecified else scope

    return changing_requests(app, without_unspecified)


@wraps_http("rebinding/trusts-any-local-port", "transport")
def trusts_any_local_port(app: ASGIApp) -> ASGIApp:
    """The server trusts pages of its own host, whatever port they are from."""

    def without_port(scope: Scope) -> Scope:
        is_own = is_single(scope, "origin") and _origin(scope).startswith("http://127.0.0.1:")
        return with_fields(scope, {"origin": None}) if is_own else scope

    return changing_requests(app, without_port)


@wraps_http("rebinding/ends-session-for-foreign-origin", "transport")
def ends_session_for_any_origin(app: ASGIApp) -> ASGIApp:
    """The Origin of a DELETE is not looked at."""

    def without_origin(scope: Scope) -> Scope:
        return with_fields(scope, {"origin": None}) if scope["method"] == "DELETE" else scope

    return changing_requests(app, without_origin)


def _origin(scope: Scope) -> str:
    return field(scope, "origin") or ""


@wraps_http("sse/serves-foreign-origin", "transport")
def opens_older_stream_to_all(app: ASGIApp) -> ASGIApp:
    """The Origin of whoever opens the stream of the older transport is not looked at."""

    def without_origin(scope: Scope) -> Scope:
        is_stream = scope["method"] == "GET" and scope["path"].endswith("/sse")
        return with_fields(scope, {"origin": None}) if is_stream else scope

    return changing_requests(app, without_origin)
