"""Faults in session ids: what they are made of, and when they are honoured."""

import itertools
from collections.abc import Callable
from typing import Any

from oraclepack_faults.fault import (
    PASS,
    ASGIApp,
    Context,
    Event,
    Fault,
    Forward,
    Json,
    Receive,
    Reply,
    Rewritten,
    Scope,
    Send,
    answers,
    both,
    rewrites,
    wraps_http,
)
from oraclepack_faults.transport.asgi import (
    SESSION,
    changing_requests,
    changing_starts,
    field,
    is_handshake,
    respond,
    with_fields,
)

_CLIENT = {"name": "nobody", "version": "0"}


class _Renamed:
    """Gives sessions other names outside than the server knows inside."""

    def __init__(self, app: ASGIApp, rename: Callable[[str], str]) -> None:
        self._app = app
        self._rename = rename
        self._inside: dict[str, str] = {}
        self._outside: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection under the names that the client knows."""

        async def sent(event: Event) -> None:
            name = field(event, SESSION) if event["type"] == "http.response.start" else None
            await send(event if name is None else with_fields(event, {SESSION: self._named(name)}))

        given = field(scope, SESSION) if scope["type"] == "http" else None
        if given is not None:
            scope = with_fields(scope, {SESSION: self._inside.get(given, given)})
        await self._app(scope, receive, sent)

    def _named(self, name: str) -> str:
        if name not in self._outside:
            outside = self._rename(name)
            self._outside[name], self._inside[outside] = outside, name
        return self._outside[name]


@wraps_http("sessions/id-not-visible-ascii", "session")
def names_with_spaces(app: ASGIApp) -> ASGIApp:
    """Session ids hold a space."""
    return _Renamed(app, lambda name: f"session {name}")


@wraps_http("sessions/id-guessable", "session")
def counts_sessions(app: ASGIApp) -> ASGIApp:
    """Session ids are numbers that count upwards."""
    numbers = itertools.count(1)
    return _Renamed(app, lambda _: f"session-{next(numbers):06}")


@wraps_http("sessions/id-repeats", "session")
def reuses_names(app: ASGIApp) -> ASGIApp:
    """The id of a session that ended unused is given to the next one."""
    free: list[str] = []
    used: set[str] = set()
    renamed = _Renamed(app, lambda name: free.pop() if free else name)

    async def reusing(scope: Scope, receive: Receive, send: Send) -> None:
        given = field(scope, SESSION) if scope["type"] == "http" else None
        if given is not None and scope["method"] == "POST":
            used.add(given)

        async def sent(event: Event) -> None:
            is_end = scope["type"] == "http" and scope["method"] == "DELETE" and event.get("status") == 200
            if is_end and given is not None and given not in used:
                free.append(given)
            await send(event)

        await renamed(scope, receive, sent)

    return reusing


@wraps_http("sessions/serves-made-up-id", "session")
def takes_any_id(app: ASGIApp) -> ASGIApp:
    """A session id that was never assigned, but could have been, stands for the first session of the revision."""
    assigned: set[str] = set()
    first: dict[str | None, str] = {}

    def is_whole(given: str) -> bool:
        """Whether an id has the form of one that was assigned, and is no part of one."""
        formed = len(given) <= 64 and given.replace("-", "").replace("_", "").isalnum()
        return formed and not any(given.startswith(name) or name.startswith(given) for name in assigned)

    def known_id(scope: Scope) -> Scope:
        given, stand_in = field(scope, SESSION), first.get(field(scope, "mcp-protocol-version"))
        if given is None or given in assigned or stand_in is None or scope["method"] != "POST":
            return scope
        return with_fields(scope, {SESSION: stand_in}) if is_whole(given) else scope

    def remember(scope: Scope, start: Event) -> Event:
        given, name = field(scope, SESSION), field(start, SESSION)
        if name is not None:
            assigned.add(name)
        if given in assigned and scope["method"] == "POST" and start["status"] == 200:
            first.setdefault(field(scope, "mcp-protocol-version"), given)
        return start

    inner = changing_starts(changing_requests(app, known_id), remember)

    async def keeping(scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the client of the first session that it has ended, and keep it."""
        if scope["type"] == "http" and scope["method"] == "DELETE" and field(scope, SESSION) in first.values():
            await respond(send, 200)
        else:
            await inner(scope, receive, send)

    return keeping


@wraps_http("sessions/wrong-status-for-missing-id", "session")
def takes_missing_id_for_ended(app: ASGIApp) -> ASGIApp:
    """A request without a session id is refused with 404."""

    def not_found(scope: Scope, start: Event) -> Event:
        is_plain = scope["method"] == "POST" and is_handshake(scope) and field(scope, "mcp-method") is None
        is_missing = is_plain and field(scope, SESSION) is None
        return {**start, "status": 404} if is_missing and start["status"] == 400 else start

    return changing_starts(app, not_found)


@wraps_http("sessions/delete-refused-without-405", "session")
def has_no_delete(app: ASGIApp) -> ASGIApp:
    """DELETE of a session gives 501."""
    return _answering_delete(app, 501)


@wraps_http("sessions/serves-ended-session", "session")
def forgets_to_end(app: ASGIApp) -> ASGIApp:
    """DELETE is confirmed, and but for its streams the session goes on."""
    ended: set[str] = set()

    async def forgetting(scope: Scope, receive: Receive, send: Send) -> None:
        given = field(scope, SESSION) if scope["type"] == "http" else None
        if given is not None and scope["method"] == "DELETE" and is_handshake(scope):
            ended.add(given)
            await respond(send, 200)
        elif scope["type"] == "http" and scope["method"] == "GET" and given in ended:
            await respond(send, 404)
        else:
            await app(scope, receive, send)

    return forgetting


def _answering_delete(app: ASGIApp, status: int) -> ASGIApp:
    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "DELETE" and is_handshake(scope):
            await respond(send, status)
        else:
            await app(scope, receive, send)

    return answering


@wraps_http("sessions/wrong-status-for-ended-session", "session")
def refuses_ended_as_bad(app: ASGIApp) -> ASGIApp:
    """A request in an ended session is refused with 400."""
    ended: set[str] = set()

    def bad_request(scope: Scope, start: Event) -> Event:
        given = field(scope, SESSION)
        if scope["method"] == "DELETE" and given is not None:
            ended.add(given)
        is_ended = scope["method"] == "POST" and given in ended and start["status"] == 404
        return {**start, "status": 400} if is_ended else start

    return changing_starts(app, bad_request)


@answers("sessions/adopts-clients-id", "session")
def _opens_despite_id(message: Any, context: Context) -> Reply:
    """An initialize that carries a session id opens a session under it."""
    is_opening = isinstance(message, dict) and message.get("method") == "initialize"
    return Forward(message, {SESSION: None}) if is_opening and SESSION in context.headers else PASS


@wraps_http("sessions/adopts-clients-id", "session")
def _under_clients_id(app: ASGIApp) -> ASGIApp:
    """The session is known by the id that the client chose."""
    inside: dict[str, str] = {}

    def adopt(scope: Scope, start: Event) -> Event:
        given, assigned = field(scope, SESSION), field(start, SESSION)
        if given is None or assigned is None or assigned == inside.get(given, given):
            return start
        inside[given] = assigned
        return with_fields(start, {SESSION: given})

    def known_inside(scope: Scope) -> Scope:
        given = field(scope, SESSION)
        return scope if given not in inside else with_fields(scope, {SESSION: inside[given]})

    return changing_starts(changing_requests(app, known_inside), adopt)


adopts_clients_id: Fault = both(_opens_despite_id, _under_clients_id)


@answers("sessions/failed-initialize-opens-session", "session")
def _completes_initialize(message: Any, context: Context) -> Reply:
    """An initialize without parameters is refused, and opens a session all the same."""
    if not _is_empty_initialize(message) or context.transport != "http":
        return PASS
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": _CLIENT}
    return Forward({**message, "params": params})


@rewrites("sessions/failed-initialize-opens-session", "session")
def _refuses_completed(message: Json, context: Context) -> Rewritten:
    """The result of the completed initialize is hidden."""
    if not _is_empty_initialize(context.request) or context.transport != "http" or "result" not in message:
        return message
    error = {"code": -32602, "message": "Initialize has parameters."}
    return {"jsonrpc": "2.0", "id": message["id"], "error": error}


def _is_empty_initialize(message: object) -> bool:
    return isinstance(message, dict) and message.get("method") == "initialize" and not message.get("params")


failed_initialize_opens_session: Fault = both(_completes_initialize, _refuses_completed)
