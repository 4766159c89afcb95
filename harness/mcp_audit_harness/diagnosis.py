"""Says in one sentence why a target cannot be audited, and what to try next."""

from urllib.parse import urlsplit

from .model import Exchange, HttpTarget, Outcome, Revision, StdioTarget, Target
from .session.connector import Connector

_USUAL_PATHS = ("/mcp", "/mcp/", "/sse")
_SCENARIO = "preflight"


async def explain(connector: Connector, target: Target, *attempts: Exchange) -> str:
    """Return the sentence for a target none of whose `attempts` (initialize, server/discover) was a usable offer."""
    if isinstance(target, HttpTarget):
        return await _explain_http(connector, target, attempts)
    return _explain_stdio(target, attempts)


def _explain_stdio(target: Target, attempts: tuple[Exchange, ...]) -> str:
    first = attempts[0]
    command = target.argv[0] if isinstance(target, StdioTarget) else "the server"
    refusal = _refusal(attempts)
    if refusal:
        return refusal
    if first.outcome is Outcome.CLOSED:
        return f"{command} ended before it answered ({first.note}); run the command by hand to see what it needs"
    if first.strays:
        return f"{command} writes text that is not MCP to stdout ({first.strays[0][:60]!r}): is it an MCP server?"
    return f"{command} runs but does not answer initialize on stdin within the time limit: is it a stdio MCP server?"


async def _explain_http(connector: Connector, target: HttpTarget, attempts: tuple[Exchange, ...]) -> str:
    for attempt in attempts:
        sentence = _by_outcome(target, attempt) or _by_status(target, attempt)
        if sentence:
            return sentence
    refusal = _refusal(attempts)
    if refusal:
        return refusal
    status = next((attempt.status for attempt in attempts if attempt.status is not None), None)
    if status in {404, 405}:
        return await _wrong_path(connector, target, status)
    return _by_body(target, attempts[0])


def _by_outcome(target: HttpTarget, attempt: Exchange) -> str:
    place = _place(target)
    note = f" ({attempt.note})" if attempt.note else ""
    match attempt.outcome:
        case Outcome.UNREACHABLE if "certificate" in attempt.note.lower():
            return f"the TLS certificate of {place} is not trusted{note}; trust its authority with SSL_CERT_FILE"
        case Outcome.UNREACHABLE if "ssl" in attempt.note.lower() or "tls" in attempt.note.lower():
            return f"no TLS connection to {place}{note}; does the server speak plain http://?"
        case Outcome.UNREACHABLE:
            return f"nothing answers at {place}{note}; is the server running, and are host and port right?"
        case Outcome.RESET | Outcome.CLOSED if attempt.status is None:
            return f"{place} closes the connection without an answer{note}; does it want https://?"
        case Outcome.MALFORMED if attempt.status is None:
            return f"{place} does not speak HTTP{note}; give the URL of a Streamable HTTP endpoint"
        case Outcome.SILENT if attempt.status is None:
            return f"{place} accepts connections but does not answer within the time limit; raise it with --timeout"
        case _:
            return ""


def _by_status(target: HttpTarget, attempt: Exchange) -> str:
    status = attempt.status or 0
    if status == 401 or (status == 403 and attempt.header("www-authenticate")):
        scheme = (attempt.header("www-authenticate") or "").partition(" ")[0]
        kind = f" ({scheme})" if scheme else ""
        return f"{target.label} requires authorization{kind}; name a variable that holds a token: --bearer-env VAR"
    if status == 403:
        return f"{target.label} forbids the request (HTTP 403); credentials or another address may be needed"
    if 300 <= status < 400:
        return f"{target.label} redirects to {attempt.header('location') or 'elsewhere'}; audit that URL instead"
    if status >= 500:
        return f"{target.label} fails with HTTP {status}; look at the server's log"
    return ""


def _by_body(target: HttpTarget, attempt: Exchange) -> str:
    label = target.label
    if attempt.media_type in {"text/html", "application/xhtml+xml"}:
        return f"{label} is a web page, not an MCP endpoint; the endpoint is often at /mcp"
    if attempt.outcome is Outcome.TOO_LARGE:
        return f"{label} sends more than the harness reads ({attempt.note}), and no MCP answer: is it a download?"
    if attempt.media_type == "text/event-stream":
        return f"{label} opens an event stream but never answers the request on it: is it an MCP endpoint?"
    if attempt.messages:
        return f"{label} answers JSON that is not JSON-RPC: it looks like another kind of API, not an MCP endpoint"
    kind = f"{attempt.media_type or 'no media type'}, HTTP {attempt.status}"
    return f"{label} does not answer as an MCP server ({kind}); is the path right?"


def _refusal(attempts: tuple[Exchange, ...]) -> str:
    for attempt in attempts:
        if attempt.error is not None:
            message = str(attempt.error.get("message", ""))[:120]
            return f"the server refuses every revision; to {attempt.sent.method} it answers: {message!r}"
        if attempt.result is not None:
            offered = attempt.result.get("protocolVersion")
            return f"the server offers no published revision of MCP (it answered {offered!r}), so nothing can be judged"
    return ""


async def _wrong_path(connector: Connector, target: HttpTarget, status: int) -> str:
    """Look at the usual paths of the same origin, to name the right one."""
    path = urlsplit(target.url).path or "/"
    for candidate in _USUAL_PATHS:
        if candidate != path:
            body = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
            headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
            exchange = await connector.http(
                Revision.V2025_11_25, _SCENARIO, "POST", headers=headers, body=body, path=candidate
            )
            if exchange.responses or (candidate == "/sse" and exchange.status == 405):
                return f"{target.label} answers HTTP {status}, but there is an MCP endpoint at {candidate}"
    return f"{target.label} answers HTTP {status}: no MCP endpoint there; the path is often /mcp"


def _place(target: HttpTarget) -> str:
    parts = urlsplit(target.url)
    return parts.netloc.rpartition("@")[2]
