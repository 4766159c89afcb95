"""The ASGI layer in front of the SDK's Streamable HTTP: what was sent, may this caller send it, and which era it is of.

Beyond what `strict` says, `mcp` 2.3 serves the body of a 2026-07-28 request under an older version header as an
unknown session, answers 400 for a wrong content type, names a fresh, dead session id in refusals, and opens a session
for an `initialize` that it refuses.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import principal_components
from mcp.server.streamable_http import check_accept_headers
from mcp.shared.inbound import unsupported_protocol_version_rejection
from mcp_types import HEADER_MISMATCH, INVALID_PARAMS, INVALID_REQUEST
from mcp_types.methods import validate_client_request
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, KNOWN_PROTOCOL_VERSIONS
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oraclepack_mcp.protocol.batch import answer_batch
from oraclepack_mcp.protocol.exchange import Exchanges
from oraclepack_mcp.protocol.polls import POLLS, without_stream
from oraclepack_mcp.protocol.refusals import HttpRefusedError, answer_of, json_answer
from oraclepack_mcp.protocol.strict import (
    BATCH_REVISION,
    Kind,
    RefusedError,
    batch_members,
    classify,
    decode,
    envelope_revision,
    negotiated,
)
from oraclepack_mcp.protocol.turns import Turns
from oraclepack_mcp.server.sentences import describe

SESSION: Final = "mcp-session-id"
REVISION: Final = "mcp-protocol-version"
METHODS: Final = ("GET", "POST", "DELETE")
Session: TypeAlias = tuple[str, tuple[str | None, ...]]
"""A session id and whose it is: the id of somebody else's session is an unknown one."""
MAX_SESSIONS: Final = 40_000
"""Sessions whose revision is remembered; well above those that the SDK keeps open."""

Admit: TypeAlias = Callable[[Request, Any], Awaitable[None]]
"""Raises a RefusedError for a message that this caller may not send."""


async def everything(_: Request, __: Any) -> None:
    """Admit every message."""


class HttpGate:
    """Lets well-formed requests through to the SDK's app, and answers the others itself.

    `exchanges` serves what it can of the stateless era in the place of that app.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_message_bytes: int,
        admit: Admit = everything,
        exchanges: Exchanges | None = None,
    ) -> None:
        self._app = app
        self._exchanges = exchanges
        self._max_message_bytes = max_message_bytes
        self._admit = admit
        self._revisions: OrderedDict[Session, str] = OrderedDict()
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        request = Request(scope, receive)
        try:
            if request.method == "POST":
                await self._post(request, send)
            elif request.method in METHODS:
                await self._stream_or_end(request, send)
            else:
                allow = {"Allow": ", ".join(METHODS)}
                raise HttpRefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "This HTTP method is not offered.", allow)
        except RefusedError as refused:
            await answer_of(refused)(scope, receive, send)

    async def _post(self, request: Request, send: Send) -> None:
        _check_media_types(request)
        body = await self._body(request)
        message = decode(body)
        if self._is_stateless(request.headers.get(REVISION), message):
            await self._stateless(request, message, body, send)
        elif isinstance(message, list):
            await self._batch(request, message, send)
        else:
            await self._handshake(request, message, body, send)

    async def _stateless(self, request: Request, message: Any, body: bytes, send: Send) -> None:
        kind = classify(message)
        await self._admit(request, message)
        if self._exchanges is not None and kind is Kind.REQUEST:
            route = await self._exchanges.accepts(request, message)
            if route is not None:
                await self._exchanges.serve(route, request, message, send)
                return
        await self._app(request.scope, _replay(body, request.receive), send)

    def _is_stateless(self, header: str | None, message: Any) -> bool:
        """Which era a POST belongs to, by its header; a body that disagrees is refused here or by the SDK."""
        named = envelope_revision(message)
        if header is None or header in HANDSHAKE_PROTOCOL_VERSIONS:
            if named is not None and named != header:
                sentence = "The MCP-Protocol-Version header does not match the revision in _meta."
                raise RefusedError(HEADER_MISMATCH, sentence, id=_id(message))
            return False
        if named is None:
            _check_known(header, _id(message))
        return True

    async def _handshake(self, request: Request, message: Any, body: bytes, send: Send) -> None:
        opens = classify(message) is Kind.REQUEST and message["method"] == "initialize"
        await self._admit(request, message)
        receive = _replay(body, request.receive)
        if not opens:
            reply = without_stream(send) if message.get("method") in POLLS else send
            async with self._turns.of(_session(request), message):
                await self._app(request.scope, receive, reply)
            return
        _check_initialize(message)

        async def remember(event: Message) -> None:
            if event["type"] == "http.response.start" and event["status"] == HTTPStatus.OK:
                opened = dict(event["headers"]).get(SESSION.encode(), b"").decode("latin-1")
                self._remember((opened, _owner(request)), message)
            await send(event)

        await self._app(request.scope, receive, remember)

    async def _batch(self, request: Request, messages: list[Any], send: Send) -> None:
        session = _session(request)
        revision = self._revisions.get(session)
        if revision is None:
            raise HttpRefusedError(HTTPStatus.NOT_FOUND, "There is no such session.")
        if revision != BATCH_REVISION:
            raise RefusedError(INVALID_REQUEST, f"Revision {revision} has no batches.")
        members = batch_members(messages)
        for member in members:
            if not isinstance(member, RefusedError):
                await self._admit(request, member)
        answers = await answer_batch(self._app, request.scope, members, lambda member: self._turns.of(session, member))
        headers = {SESSION: session[0]}
        response = (
            json_answer(HTTPStatus.OK, answers, headers) if answers else Response(status_code=202, headers=headers)
        )
        await response(request.scope, request.receive, send)

    async def _stream_or_end(self, request: Request, send: Send) -> None:
        header = request.headers.get(REVISION)
        if header is None or header in HANDSHAKE_PROTOCOL_VERSIONS:
            session = _session(request)
            if request.method == "DELETE":
                self._revisions.pop(session, None)
        else:
            _check_known(header, None)
        await self._app(request.scope, request.receive, send)

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body.extend(chunk)
            if len(body) > self._max_message_bytes:
                raise HttpRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The message is too large.")
        return bytes(body)

    def _remember(self, session: Session, initialize: Any) -> None:
        self._revisions[session] = negotiated(initialize)
        if len(self._revisions) > MAX_SESSIONS:
            self._revisions.popitem(last=False)


def _check_media_types(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HttpRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A message is sent as application/json.")
    if not all(check_accept_headers(request)):
        sentence = "A client accepts both application/json and text/event-stream."
        raise HttpRefusedError(HTTPStatus.NOT_ACCEPTABLE, sentence)


def _check_known(header: str, identity: Any) -> None:
    rejection = unsupported_protocol_version_rejection(header, KNOWN_PROTOCOL_VERSIONS)
    if rejection is not None:
        raise RefusedError(rejection.code, "This protocol version is not supported.", id=identity, data=rejection.data)


def _check_initialize(message: Any) -> None:
    """Refuse bad params here: the SDK answers them too, but opens a session for them."""
    try:
        validate_client_request("initialize", negotiated(message), message.get("params"))
    except ValidationError as error:
        raise RefusedError(INVALID_PARAMS, f"Invalid request: {describe(error)}.", id=message["id"]) from error


def _owner(request: Request) -> tuple[str | None, ...]:
    user = request.scope.get("user")
    return principal_components(user.access_token) if isinstance(user, AuthenticatedUser) else ()


def _session(request: Request) -> Session:
    session = request.headers.get(SESSION)
    if not session:
        raise RefusedError(INVALID_REQUEST, "The Mcp-Session-Id header is missing; a session starts with initialize.")
    return session, _owner(request)


def _id(message: Any) -> Any:
    identity = message.get("id") if isinstance(message, dict) else None
    return identity if isinstance(identity, str | int) and not isinstance(identity, bool) else None


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, and after it whatever the connection says."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
