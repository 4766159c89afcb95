"""An MCP server over Streamable HTTP as an ASGI app: layers around the SDK, each with one question.

From the outside in: how did it go (`Observed`), what do browsers hear (`SecurityHeaders`), are the headers bearable
(`HeaderLimits`), is it us who is meant (`CallerCheck`); then, at the endpoint only, is there a place (`Places`), how
long may it take (`Patience`), who is it (`Authentication`), may they (`AdmissionLayer`), and is it MCP (`HttpGate`).
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from oraclepack_mcp.http.admission import Admission, AdmissionLayer, RequiredScopes, none_required
from oraclepack_mcp.http.auth.challenge import Challenge
from oraclepack_mcp.http.auth.fetching import Guard, open_client
from oraclepack_mcp.http.auth.layer import Authentication
from oraclepack_mcp.http.auth.metadata import metadata_routes, metadata_url_of
from oraclepack_mcp.http.auth.principal import current_caller
from oraclepack_mcp.http.auth.verifying import build_verifier
from oraclepack_mcp.http.exposure import is_loopback, public_hosts_of, scheme_of
from oraclepack_mcp.http.headers import HeaderLimits, SecurityHeaders
from oraclepack_mcp.http.health import Check, OperationsRoutes, Readiness
from oraclepack_mcp.http.limits import Rates
from oraclepack_mcp.http.listening import ON_DRAINING
from oraclepack_mcp.http.patience import Patience, Places
from oraclepack_mcp.http.resumption import ResumableSessions
from oraclepack_mcp.protocol.callers import LOCAL_NAMES, CallerCheck, authority_name
from oraclepack_mcp.protocol.exchange import Exchanges
from oraclepack_mcp.protocol.field_values import TrimmedFields
from oraclepack_mcp.protocol.http_gate import HttpGate
from oraclepack_mcp.server.recording import LOCAL, RecordedCalls
from oraclepack_mcp.settings import Settings
from oraclepack_mcp.telemetry.asgi import Observed
from oraclepack_mcp.telemetry.breaker import Breaker
from oraclepack_mcp.telemetry.calls import CallRecorder
from oraclepack_mcp.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the HTTP side is told by the rest of the server.

    `may_last` names tools that have time limits of their own; `guard` goes around each call of the authorization
    server, which a test reaches over its own `transport`; `routes` are served beside the endpoint, without a token.
    `checks` are what readiness depends on; `on_draining` is called in a thread when the server begins to stop.
    `resumable` keeps the last events of each session, so that clients can take up broken streams.
    """

    required_scopes: RequiredScopes = none_required
    may_last: frozenset[str] = frozenset()
    guard: Guard = field(default_factory=lambda: Breaker("the authorization server").guard)
    transport: httpx2.AsyncBaseTransport | None = None
    routes: tuple[BaseRoute, ...] = ()
    metrics: Metrics = field(default_factory=Metrics)
    checks: Mapping[str, Check] = field(default_factory=dict)
    on_draining: Callable[[], None] | None = None
    resumable: bool = False


def serve_over_http(server: Server[Any], settings: Settings, surroundings: Surroundings) -> ASGIApp:
    """Make the ASGI app around an MCP server; it serves one lifespan.

    Raises:
        ValueError: the secret for introspection is not in the environment, or the package for Redis is not installed.
        OSError: the audit log cannot be opened.
    """
    server.middleware.append(RecordedCalls(CallRecorder.open(settings.telemetry, surroundings.metrics), _principal))
    sessions = ResumableSessions if surroundings.resumable else StreamableHTTPSessionManager
    security = _transport_security(settings)
    manager = sessions(
        app=server,
        security_settings=security,
        max_request_body_size=settings.max_message_bytes,
        max_sessions=settings.limits.max_sessions,
        session_idle_timeout=settings.limits.session_idle_s,
    )
    auth = settings.auth
    client = open_client(auth.timeout_s, surroundings.transport) if auth else None

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with manager.run(), contextlib.AsyncExitStack() as stack:
            if client:
                await stack.enter_async_context(client)
            yield {ON_DRAINING: surroundings.on_draining} if surroundings.on_draining else {}

    exchanges = Exchanges(server, security, lambda: manager._lifespan_state)  # noqa: SLF001 - nor what it gives its requests
    endpoint = _endpoint(StreamableHTTPASGIApp(manager), exchanges, settings, surroundings, client)
    routes = [*(metadata_routes(auth) if auth else ()), *surroundings.routes, *_operations(settings, surroundings)]
    others = Starlette(routes=routes, lifespan=lifespan)
    others.router.redirect_slashes = False
    app = Endpoint(settings.path, ServerErrorMiddleware(endpoint), others)
    open_sessions = manager._server_instances  # noqa: SLF001 - `mcp` 2.3 does not say how many there are
    return Observed(_checked(app, settings), surroundings.metrics, sessions=lambda: len(open_sessions))


class Endpoint:
    """One app at one path, straight away, since nearly every request is for it; another app at all others."""

    def __init__(self, path: str, app: ASGIApp, others: ASGIApp) -> None:
        self._path = path
        self._app = app
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        here = scope["type"] == "http" and scope["path"] == self._path
        await (self._app if here else self._others)(scope, receive, send)


def _operations(settings: Settings, surroundings: Surroundings) -> list[Route]:
    exposed = settings.behind_tls_proxy is not None or not is_loopback(settings.host)
    readiness = Readiness(surroundings.checks)
    return OperationsRoutes(settings.telemetry, surroundings.metrics, readiness, exposed=exposed).routes()


def _principal() -> str:
    caller = current_caller()
    return caller.principal if caller else LOCAL


def _endpoint(
    sdk: ASGIApp,
    exchanges: Exchanges,
    settings: Settings,
    surroundings: Surroundings,
    client: httpx2.AsyncClient | None,
) -> ASGIApp:
    limits, auth = settings.limits, settings.auth
    challenge = Challenge(metadata_url_of(auth)) if auth else None
    rates = Rates(limits, authenticated=auth is not None, workers=settings.workers)
    admission = Admission(rates, challenge, surroundings.required_scopes)
    app: ASGIApp = HttpGate(
        sdk, max_message_bytes=settings.max_message_bytes, admit=admission.by_body, exchanges=exchanges
    )
    app = AdmissionLayer(app, admission)
    if auth and challenge and client:
        app = Authentication(app, build_verifier(auth, client, surroundings.guard), auth, challenge, rates)
    return Places(Patience(app, limits.request_timeout_s, surroundings.may_last), limits)


def _checked(app: ASGIApp, settings: Settings) -> ASGIApp:
    scheme = scheme_of(settings)
    app = CallerCheck(
        app, allowed_origins=settings.allowed_origins, public_hosts=public_hosts_of(settings), scheme=scheme
    )
    app = HeaderLimits(app, settings.limits)
    app = SecurityHeaders(app, allowed_origins=settings.allowed_origins, scheme=scheme)
    app = TrimmedFields(app)
    proxy = settings.behind_tls_proxy
    if proxy is None:
        return app
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app), trusted_hosts=list(proxy.trusted)))


def _transport_security(settings: Settings) -> TransportSecuritySettings:
    """The SDK's own check, behind ours; it switches itself on by address only, so it is always told."""
    names, public, scheme = (
        [*LOCAL_NAMES, authority_name(settings.host)],
        public_hosts_of(settings),
        scheme_of(settings),
    )
    origins = [f"{scheme}://{name}:*" for name in names] + [f"{scheme}://{name}" for name in (*names, *public)]
    return TransportSecuritySettings(
        allowed_hosts=[*(f"{name}:*" for name in names), *names, *public],
        allowed_origins=[*origins, *settings.allowed_origins],
    )
