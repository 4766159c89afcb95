"""Faults in what several users, and tokens of several scopes, may do."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

from oraclepack_faults.fault import (
    PASS,
    ASGIApp,
    Context,
    Event,
    Json,
    Receive,
    Reply,
    Scope,
    Send,
    answers,
    rewrites,
    wraps_http,
)
from oraclepack_faults.results import params_of, with_result
from oraclepack_faults.transport.asgi import SESSION, changing_starts, field, with_fields
from oraclepack_faults.transport.authorization import CHALLENGE, read_whole, without_parameter


@wraps_http("authorization/scope-refused-without-403", "transport")
def wants_another_token(app: ASGIApp) -> ASGIApp:
    """Too small a scope is refused with 401, as if the token were not good."""

    def changed(_: Scope, start: Event) -> Event:
        is_about_scope = "insufficient_scope" in (field(start, CHALLENGE) or "")
        return {**start, "status": 401} if is_about_scope else start

    return changing_starts(app, changed)


@wraps_http("authorization/scope-challenge-incomplete", "transport")
def names_no_scopes(app: ASGIApp) -> ASGIApp:
    """The challenge of a 403 names no scopes."""

    def changed(_: Scope, start: Event) -> Event:
        return without_parameter(start, "scope") if start["status"] == 403 else start

    return changing_starts(app, changed)


def subject_of(authorization: str) -> str:
    """Return whom a token says it is for; empty for what is no JWT."""
    parts = authorization.partition(" ")[2].split(".")
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError):
        return ""
    return str(claims.get("sub", ""))


def in_the_name_of_the_owner(app: ASGIApp, meant: Callable[[Scope, bytes], bool]) -> ASGIApp:
    """Wrap an app: whoever has a token is served in every session in the name of its owner, where that is `meant`."""
    owners: dict[str, str] = {}

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        given = field(scope, "authorization") if scope["type"] == "http" else None
        if given is None or not subject_of(given):
            await app(scope, receive, send)
            return
        session = field(scope, SESSION)
        body, again = await read_whole(receive)

        async def sent(event: Event) -> None:
            opened = field(event, SESSION) if event["type"] == "http.response.start" else None
            if opened is not None:
                owners.setdefault(opened, given)
            await send(event)

        owner = owners.get(session or "", given) if meant(scope, body) else given
        await app(with_fields(scope, {"authorization": owner}), again, sent)

    return served


@wraps_http("authorization/session-open-to-others", "transport")
def serves_in_the_name_of_the_owner(app: ASGIApp) -> ASGIApp:
    """Whoever has a token may ping in every session, in the name of its owner."""
    return in_the_name_of_the_owner(app, lambda _, body: b'"ping"' in body)


@rewrites("caching/public-though-personal", "transport")
def hides_a_tool(message: Json, context: Context) -> Json:
    """One user does not see the last tool of a list that everybody may keep."""
    asked = context.request or {}
    result = message.get("result")
    if asked.get("method") != "tools/list" or not isinstance(result, dict) or context.era != "stateless":
        return message
    tools = result["tools"]
    shown = tools[:-1] if subject_of(context.headers.get("authorization", "")) == "bob" else tools
    return {**message, "result": {**result, "tools": shown, "cacheScope": "public"}}


@answers("principals/scope-not-enforced", "transport")
def looks_at_arguments_first(message: Any, context: Context) -> Reply:
    """Wrong arguments are refused before anybody asks whether the caller may call the tool at all."""
    params = params_of(message)
    is_wrong = "not what the schema asks for" in json.dumps(params.get("arguments"), default=str)
    if not isinstance(message, dict) or message.get("method") != "tools/call" or not is_wrong:
        return PASS
    said = [{"type": "text", "text": "The arguments do not fit the schema."}]
    return with_result(message, {"content": said, "isError": True}, context)
