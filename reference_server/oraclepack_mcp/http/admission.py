"""May this caller send this message? Asked before a message is handed on: its scopes first, then how often."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from mcp.shared.inbound import MCP_METHOD_HEADER, MCP_NAME_HEADER, NAME_BEARING_METHODS, decode_header_value
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from oraclepack_mcp.http.auth.challenge import Challenge
from oraclepack_mcp.http.auth.layer import address_of
from oraclepack_mcp.http.auth.principal import caller_of_request
from oraclepack_mcp.http.limits import Rates
from oraclepack_mcp.protocol.refusals import HttpRefusedError, answer_of
from oraclepack_mcp.protocol.strict import RequestId
from oraclepack_mcp.security.scopes import Scope, missing

RequiredScopes: TypeAlias = Callable[[str, str | None], frozenset[Scope]]
"""The scopes that a method needs, and what it names: a tool, a prompt, or the URI of a resource."""

CALL: Final = "tools/call"


def none_required(_: str, __: str | None) -> frozenset[Scope]:
    """Leave every decision to the handlers."""
    return frozenset()


class Admission:
    """Judges messages for one resource; without a `challenge` callers have no scopes and are told apart by address."""

    def __init__(self, rates: Rates, challenge: Challenge | None, required_scopes: RequiredScopes) -> None:
        self._rates = rates
        self._challenge = challenge
        self._required_scopes = required_scopes

    async def by_headers(self, scope: AsgiScope) -> None:
        """Judge a request before its body is read, as far as its headers tell.

        Raises:
            HttpRefusedError: 403 or 429.
        """
        request = Request(scope)
        method = request.headers.get(MCP_METHOD_HEADER)
        if method is not None:
            self._check_scopes(request, method, decode_header_value(request.headers.get(MCP_NAME_HEADER)), None)
        await self._rates.request(_key(request))

    async def by_body(self, request: Request, message: Any) -> None:
        """Judge a message, which is well-formed; responses and most notifications need nothing.

        Raises:
            HttpRefusedError: 403 or 429.
        """
        method = message.get("method")
        if method is None:
            return
        name, identity = _name(message), message.get("id")
        self._check_scopes(request, method, name, identity)
        if method == CALL and name is not None:
            await self._rates.call(_key(request), name, identity)

    def _check_scopes(self, request: Request, method: str, name: str | None, identity: RequestId | None) -> None:
        caller = caller_of_request(request.scope)
        if caller is None or self._challenge is None:
            return
        required = self._required_scopes(method, name)
        if missing(required, caller.scopes):
            raise self._challenge.too_narrow(required, identity)


class AdmissionLayer:
    """The layer that asks `by_headers`."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        try:
            await self._admission.by_headers(scope)
        except HttpRefusedError as refused:
            await answer_of(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _key(request: Request) -> str:
    caller = caller_of_request(request.scope)
    return caller.principal if caller else address_of(request.scope)


def _name(message: dict[str, Any]) -> str | None:
    member = NAME_BEARING_METHODS.get(message["method"])
    params = message.get("params")
    name = params.get(member) if member and isinstance(params, dict) else None
    return name if isinstance(name, str) else None
