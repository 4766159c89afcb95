"""Faults in where tokens are taken from, and where they come out."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from oraclepack_faults.fault import ASGIApp, Context, Event, Json, Receive, Scope, Send, rewrites, wraps_http
from oraclepack_faults.transport.asgi import changing_requests, changing_starts, field, with_fields
from oraclepack_faults.transport.authorization import lending


@wraps_http("tokens/odd-header-accepted", "transport")
def takes_null_for_a_login(app: ASGIApp) -> ASGIApp:
    """Who says that their token is null is served with the token that came last."""
    inner = lending(app, lambda *_: True)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        is_null = scope["type"] == "http" and field(scope, "authorization") == "Bearer null"
        is_nobody = scope["type"] == "http" and field(scope, "authorization") is None
        bare = with_fields(scope, {"authorization": None}) if is_null else scope
        await (app if is_nobody else inner)(bare, receive, send)

    return served


@wraps_http("tokens/taken-from-cookie", "transport")
def reads_cookies(app: ASGIApp) -> ASGIApp:
    """The token may be in a cookie."""

    def changed(scope: Scope) -> Scope:
        given = _cookie(field(scope, "cookie") or "") if field(scope, "authorization") is None else None
        return with_fields(scope, {"authorization": f"Bearer {given}"}) if given else scope

    return changing_requests(app, changed)


def _cookie(text: str) -> str | None:
    try:
        jar: SimpleCookie = SimpleCookie(text)
    except CookieError:
        return None
    return jar["access_token"].value if "access_token" in jar else None


@wraps_http("tokens/answer-cacheable-by-all", "transport")
def lets_caches_keep_it(app: ASGIApp) -> ASGIApp:
    """Answers to logged-in callers may be kept by shared caches."""

    def changed(scope: Scope, start: Event) -> Event:
        is_own = field(scope, "authorization") is not None and start["status"] == 200 and scope["method"] == "POST"
        return with_fields(start, {"cache-control": "public, max-age=60"}) if is_own else start

    return changing_starts(app, changed)


@rewrites("tokens/echoed", "transport")
def repeats_the_token(message: Json, context: Context) -> Json:
    """The answer to ping, or to server/discover, repeats the signature of its caller's token."""
    result: Any = message.get("result")
    asked = str((context.request or {}).get("method"))
    if asked not in {"ping", "server/discover"} or not isinstance(result, dict):
        return message
    caller = context.headers.get("authorization", "").rpartition(".")[2]
    return {**message, "result": {**result, "_meta": {**result.get("_meta", {}), "com.example/caller": caller}}}


@wraps_http("authorization/open-sibling-endpoint", "transport")
def leaves_the_old_path_open(app: ASGIApp) -> ASGIApp:
    """At /messages everybody is served, with the token that came last."""
    inner = lending(app, lambda *_: True)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        is_old = scope["type"] == "http" and scope["path"] == "/messages"
        is_nobody = scope["type"] == "http" and field(scope, "authorization") is None
        if is_old:
            scope = {**scope, "path": "/mcp", "raw_path": b"/mcp"}
        await (app if is_nobody and not is_old else inner)(scope, receive, send)

    return served
