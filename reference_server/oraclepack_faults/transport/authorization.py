"""Faults in who is let in, and in what the others are told."""

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import jwt

from oraclepack_faults.fault import ASGIApp, Event, Receive, Scope, Send, replaces, wraps_http
from oraclepack_faults.transport.asgi import SESSION, changing_starts, field, with_fields

Lends: TypeAlias = Callable[[Scope, Any], bool]
"""Says whether a request without credentials, whose message comes second, is served with somebody else's."""

CHALLENGE = "www-authenticate"


def lending(app: ASGIApp, lends: Lends) -> ASGIApp:
    """Wrap an app: some requests without credentials are served with those that came last."""
    last: str | None = None

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal last
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        given = field(scope, "authorization")
        if given is not None:
            await app(scope, receive, remembering(send, given))
            return
        body, again = await read_whole(receive)
        if last is not None and lends(scope, _message(body)):
            scope = with_fields(scope, {"authorization": last})
        await app(scope, again, send)

    def remembering(send: Send, given: str) -> Send:
        async def sent(event: Event) -> None:
            nonlocal last
            if event["type"] == "http.response.start" and event["status"] == 200:
                last = given
            await send(event)

        return sent

    return served


async def read_whole(receive: Receive) -> tuple[bytes, Receive]:
    """Return the body of a request, and what gives it once more."""
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    pending: list[Event] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Event:
        return pending.pop() if pending else await receive()

    return body, again


def _message(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _method(message: Any) -> Any:
    return message.get("method") if isinstance(message, dict) else None


@wraps_http("authorization/session-replaces-token", "transport")
def session_is_enough(app: ASGIApp) -> ASGIApp:
    """Whoever shows the id of a session is let in."""
    return lending(app, lambda scope, _: field(scope, SESSION) is not None)


@wraps_http("authorization/method-skips-authorization", "transport")
def lists_tools_to_anybody(app: ASGIApp) -> ASGIApp:
    """The list of tools needs no token."""
    return lending(app, lambda _, message: _method(message) == "tools/list")


@wraps_http("authorization/looks-before-validating", "transport")
def looks_up_methods_first(app: ASGIApp) -> ASGIApp:
    """Methods are looked up before anybody asks for the token."""
    return lending(app, lambda _, message: str(_method(message)).startswith("mcp-audit"))


def changing_refusals(app: ASGIApp, change: Callable[[Scope, Event], Event], *, shown: bool) -> ASGIApp:
    """Wrap an app: the start of a 401 goes out as `change` leaves it, for requests that show a token, or show none."""

    def changed(scope: Scope, start: Event) -> Event:
        meant = start["status"] == 401 and (field(scope, "authorization") is not None) is shown
        return change(scope, start) if meant else start

    return changing_starts(app, changed)


def without_parameter(start: Event, name: str) -> Event:
    """Return a start whose challenge lacks a parameter."""
    parts = (field(start, CHALLENGE) or "").removeprefix("Bearer ").split(", ")
    kept = [part for part in parts if not part.startswith(f"{name}=")]
    return with_fields(start, {CHALLENGE: f"Bearer {', '.join(kept)}".strip()})


@wraps_http("authorization/wrong-status-without-token", "transport")
def forbids(app: ASGIApp) -> ASGIApp:
    """A request without a token is forbidden with 403."""
    return changing_refusals(app, lambda _, start: {**start, "status": 403}, shown=False)


@wraps_http("authorization/no-challenge", "transport")
def says_nothing(app: ASGIApp) -> ASGIApp:
    """A request without a token is refused without a challenge."""
    return changing_refusals(app, lambda _, start: with_fields(start, {CHALLENGE: None}), shown=False)


@wraps_http("authorization/no-bearer-challenge", "transport")
def wants_a_key(app: ASGIApp) -> ASGIApp:
    """The server asks for a scheme of its own."""
    return changing_refusals(app, lambda _, start: with_fields(start, {CHALLENGE: 'ApiKey realm="x"'}), shown=False)


@wraps_http("authorization/challenge-without-metadata", "transport")
def names_no_metadata(app: ASGIApp) -> ASGIApp:
    """The challenge names no resource metadata."""
    return changing_refusals(app, lambda _, start: without_parameter(start, "resource_metadata"), shown=False)


@wraps_http("authorization/challenge-malformed", "transport")
def names_a_path_only(app: ASGIApp) -> ASGIApp:
    """The challenge names the path of the metadata, not its URL."""

    def changed(_: Scope, start: Event) -> Event:
        text = re.sub(r'resource_metadata="[a-z]+://[^/"]+', 'resource_metadata="', field(start, CHALLENGE) or "")
        return with_fields(start, {CHALLENGE: text})

    return changing_refusals(app, changed, shown=False)


@wraps_http("authorization/challenge-scope-varies", "transport")
def names_scopes_by_turns(app: ASGIApp) -> ASGIApp:
    """The challenge names other scopes each time."""
    turn = 0

    def changed(_: Scope, start: Event) -> Event:
        nonlocal turn
        turn += 1
        text = (field(start, CHALLENGE) or "").replace('scope="', f'scope="turn:{turn} ')
        return with_fields(start, {CHALLENGE: text})

    return changing_refusals(app, changed, shown=False)


@wraps_http("authorization/refusal-tells-what-exists", "transport")
def names_scopes_of_what_exists(app: ASGIApp) -> ASGIApp:
    """The challenge names the scopes of a tool, where there is such a tool."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or field(scope, "authorization") is not None:
            await app(scope, receive, send)
            return
        body, again = await read_whole(receive)
        message = _message(body)
        exists = _method(message) == "tools/call" and not str(message["params"].get("name")).startswith("mcp-audit")

        async def sent(event: Event) -> None:
            if exists and event["type"] == "http.response.start":
                event = without_parameter(event, "scope")
            await send(event)

        await app(scope, again, sent)

    return served


@replaces("authorization/accepts-bad-token", "transport", "oraclepack_mcp.http.auth.jwt.JwtVerifier._decode")
def believes_signatures(decode: Any) -> Any:
    """The signature of claims that came with a right one before is not computed again."""
    known: set[str] = set()

    def decoded(verifier: Any, token: str, key: Any) -> Any:
        claims = token.split(".")[1]
        if claims in known:
            # mcp-audit: ignore[source/auth-disabled] the fault itself
            return jwt.decode(token, options={"verify_signature": False})
        found = decode(verifier, token, key)
        known.add(claims)
        return found

    return decoded


@wraps_http("authorization/wrong-status-for-bad-token", "transport")
def forbids_bad_tokens(app: ASGIApp) -> ASGIApp:
    """A bad token is forbidden with 403."""
    return changing_refusals(app, lambda _, start: {**start, "status": 403}, shown=True)


@wraps_http("authorization/bad-token-unexplained", "transport")
def names_no_error(app: ASGIApp) -> ASGIApp:
    """The challenge to a bad token names no error."""
    return changing_refusals(app, lambda _, start: without_parameter(start, "error"), shown=True)


@wraps_http("authorization/accepts-token-in-query", "transport")
def reads_the_query(app: ASGIApp) -> ASGIApp:
    """The token may be in the query of the URL."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and field(scope, "authorization") is None:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("access_token")
            scope = with_fields(scope, {"authorization": f"Bearer {given[0]}"}) if given else scope
        await app(scope, receive, send)

    return served


@replaces("authorization/accepts-foreign-audience", "transport", "oraclepack_mcp.http.auth.claims._own_among")
def takes_any_audience(_: Any) -> Any:
    """A token is good whatever server it was issued for."""
    return lambda _, resource_url: resource_url
