"""Messages of the stateless era that lack, or misuse, what each of them has to carry."""

from oraclepack_faults.fault import ASGIApp, Context, Event, Json, Receive, Rewritten, Scope, Send, rewrites, wraps_http

_SERVER_INFO = "io.modelcontextprotocol/serverInfo"


def _method(context: Context) -> object:
    return (context.request or {}).get("method")


def _stateless_result(message: Json, context: Context) -> bool:
    return context.era == "stateless" and isinstance(message.get("result"), dict)


@rewrites("stateless/result-without-type", "wire")
def result_without_type(message: Json, context: Context) -> Rewritten:
    """The result of tools/list has no resultType."""
    if _stateless_result(message, context) and _method(context) == "tools/list":
        result = {name: value for name, value in message["result"].items() if name != "resultType"}
        return {**message, "result": result}
    return message


@rewrites("stateless/unknown-result-type", "wire")
def unknown_result_type(message: Json, context: Context) -> Rewritten:
    """The result of tools/list is of the type `partial`."""
    if _stateless_result(message, context) and _method(context) == "tools/list":
        return {**message, "result": {**message["result"], "resultType": "partial"}}
    return message


@rewrites("stateless/input-required-elsewhere", "wire")
def input_required_elsewhere(message: Json, context: Context) -> Rewritten:
    """completion/complete asks for input."""
    if _stateless_result(message, context) and _method(context) == "completion/complete":
        result = {"resultType": "input_required", "requestState": "state", "_meta": message["result"].get("_meta", {})}
        return {**message, "result": result}
    return message


@rewrites("stateless/result-without-server-info", "wire")
def result_without_server_info(message: Json, context: Context) -> Rewritten:
    """The result of tools/list does not say which server made it."""
    if _stateless_result(message, context) and _method(context) == "tools/list":
        meta = message["result"].get("_meta", {})
        kept = {name: value for name, value in meta.items() if name != _SERVER_INFO}
        return {**message, "result": {**message["result"], "_meta": kept}}
    return message


@rewrites("stateless/server-sends-requests", "wire")
def server_sends_requests(message: Json, context: Context) -> Rewritten:
    """Before the result of completion/complete the server asks for the roots."""
    if _stateless_result(message, context) and _method(context) == "completion/complete":
        return [{"jsonrpc": "2.0", "id": "fault", "method": "roots/list", "params": {"_meta": {}}}, message]
    return message


@rewrites("stateless/retired-error-code", "wire")
def retired_error_code(message: Json, context: Context) -> Rewritten:
    """The removed method resources/unsubscribe is refused with -32042."""
    if context.era == "stateless" and _method(context) == "resources/unsubscribe" and "error" in message:
        return {**message, "error": {**message["error"], "code": -32042}}
    return message


@rewrites("stateless/undefined-reserved-code", "wire")
def undefined_reserved_code(message: Json, context: Context) -> Rewritten:
    """The removed method resources/unsubscribe is refused with the reserved code -32055."""
    if context.era == "stateless" and _method(context) == "resources/unsubscribe" and "error" in message:
        return {**message, "error": {**message["error"], "code": -32055}}
    return message


@rewrites("stateless/log-without-level", "wire")
def log_without_level(message: Json, context: Context) -> Rewritten:
    """Logging is declared, and a log message comes with every answer to completion/complete."""
    if _stateless_result(message, context) and _method(context) == "server/discover":
        capabilities = {**message["result"]["capabilities"], "logging": {}}
        return {**message, "result": {**message["result"], "capabilities": capabilities}}
    if _stateless_result(message, context) and _method(context) == "completion/complete":
        params = {"level": "info", "data": "completing"}
        return [{"jsonrpc": "2.0", "method": "notifications/message", "params": params}, message]
    return message


@wraps_http("stateless/stream-may-be-buffered", "wire")
def stream_may_be_buffered(app: ASGIApp) -> ASGIApp:
    """Event streams come without X-Accel-Buffering."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(event: Event) -> None:
            if event["type"] == "http.response.start":
                kept = [(name, value) for name, value in event["headers"] if name.lower() != b"x-accel-buffering"]
                event = {**event, "headers": kept}
            await send(event)

        await app(scope, receive, sending)

    return served


@rewrites("discover/malformed-versions", "wire")
def malformed_versions(message: Json, context: Context) -> Rewritten:
    """server/discover lists a version twice."""
    if _stateless_result(message, context) and _method(context) == "server/discover":
        versions = message["result"]["supportedVersions"]
        return {**message, "result": {**message["result"], "supportedVersions": [*versions, versions[-1]]}}
    return message


@rewrites("discover/lists-version-that-it-refuses", "wire")
def lists_version_that_it_refuses(message: Json, context: Context) -> Rewritten:
    """server/discover lists a version that the server does not implement."""
    if _stateless_result(message, context) and _method(context) == "server/discover":
        versions = message["result"]["supportedVersions"]
        return {**message, "result": {**message["result"], "supportedVersions": [*versions, "2026-12-31"]}}
    return message
