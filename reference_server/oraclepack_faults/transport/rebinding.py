"""Faults in the protection against DNS rebinding."""

from oraclepack_faults.fault import ASGIApp, Event, Scope, wraps_http
from oraclepack_faults.transport.asgi import changing_requests, changing_starts, field, is_single, with_fields


def _own_name(scope: Scope) -> str:
    host, port = scope["server"]
    return f"{host}:{port}"


@wraps_http("rebinding/accepts-foreign-origin", "transport")
def accepts_foreign_origin(app: ASGIApp) -> ASGIApp:
    """The server never looks at the Origin header, so any web page may talk to it."""
    return changing_requests(app, lambda scope: with_fields(scope, {"origin": None}))


@wraps_http("rebinding/accepts-null-origin", "transport")
def accepts_null_origin(app: ASGIApp) -> ASGIApp:
    """The server takes the Origin null for no Origin."""

    def without_null(scope: Scope) -> Scope:
        return with_fields(scope, {"origin": None}) if field(scope, "origin") == "null" else scope

    return changing_requests(app, without_null)


@wraps_http("rebinding/accepts-lookalike-origin", "transport")
def accepts_lookalike_origin(app: ASGIApp) -> ASGIApp:
    """The server looks at the beginning of an Origin only."""

    def without_lookalike(scope: Scope) -> Scope:
        is_like = (field(scope, "origin") or "").startswith(f"http://{scope['server'][0]}.")
        return with_fields(scope, {"origin": None}) if is_like else scope

    return changing_requests(app, without_lookalike)


@wraps_http("rebinding/accepts-foreign-host", "transport")
def accepts_foreign_host(app: ASGIApp) -> ASGIApp:
    """The server never looks at the Host header, so it answers to any name."""
    return changing_requests(app, lambda scope: with_fields(scope, {"host": _own_name(scope)}))


@wraps_http("rebinding/accepts-rebound-page", "transport")
def accepts_rebound_page(app: ASGIApp) -> ASGIApp:
    """The server takes a page for its own whose Origin names the same host as the Host header."""

    def as_own(scope: Scope) -> Scope:
        is_same = is_single(scope, "origin") and field(scope, "origin") == f"http://{field(scope, 'host')}"
        return with_fields(scope, {"origin": None, "host": _own_name(scope)}) if is_same else scope

    return changing_requests(app, as_own)


@wraps_http("rebinding/wrong-status-for-foreign-origin", "transport")
def refuses_origin_as_bad(app: ASGIApp) -> ASGIApp:
    """A foreign Origin is refused with 400."""
    return changing_starts(app, lambda _, start: {**start, "status": 400} if start["status"] == 403 else start)


@wraps_http("rebinding/stream-for-foreign-origin", "transport")
def streams_to_any_origin(app: ASGIApp) -> ASGIApp:
    """The Origin of a GET is not looked at."""

    def without_origin(scope: Scope) -> Scope:
        return with_fields(scope, {"origin": None}) if scope["method"] == "GET" else scope

    return changing_requests(app, without_origin)


@wraps_http("rebinding/reflects-any-origin-in-cors", "transport")
def reflects_origin(app: ASGIApp) -> ASGIApp:
    """Every Origin is allowed to read answers with credentials."""

    def allowing(scope: Scope, start: Event) -> Event:
        origin = field(scope, "origin")
        if origin is None:
            return start
        return with_fields(start, {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"})

    return changing_starts(app, allowing)
