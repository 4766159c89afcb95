"""Faults in methods, ids, parameters and responses of JSON-RPC."""

from typing import Any, Final

from oraclepack_faults.fault import PASS, Answer, Context, Forward, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.results import with_result

_AREAS: Final = {
    "ping",
    "initialize",
    "tools",
    "resources",
    "prompts",
    "completion",
    "logging",
    "server",
    "subscriptions",
}
_LISTING: Final = "Method not found. There are:\n- ping\n- tools/list"
_LARGEST: Final = 2**31
_MASK: Final = 0xFFFFFFFF


def _method(context: Context) -> str:
    method = (context.request or {}).get("method")
    return method if isinstance(method, str) else ""


def _asked_unknown(context: Context) -> bool:
    """Whether a message answers a request for a method of no area that the server has."""
    area = _method(context).lower().strip().partition("/")[0]
    return bool(area) and area not in _AREAS


def _is_error(message: Json, code: int) -> bool:
    error = message.get("error")
    return isinstance(error, dict) and error.get("code") == code


@rewrites("jsonrpc/serves-unknown-method", "wire")
def serves_unknown_method(message: Json, context: Context) -> Rewritten:
    """The server answers methods that it does not have with an empty result."""
    if _asked_unknown(context) and _is_error(message, -32601):
        return Answer(with_result(message, {}, context))
    return message


@rewrites("jsonrpc/wrong-code-for-unknown-method", "wire")
def wrong_code_for_unknown_method(message: Json, context: Context) -> Rewritten:
    """The server calls an unknown method an internal error."""
    if _asked_unknown(context) and _is_error(message, -32601):
        return {**message, "error": {**message["error"], "code": -32603}}
    return message


@rewrites("jsonrpc/error-without-id", "wire")
def error_without_id(message: Json, context: Context) -> Rewritten:
    """The error for an unknown method has no id."""
    return {**message, "id": None} if _asked_unknown(context) and _is_error(message, -32601) else message


@rewrites("jsonrpc/verbose-error-message", "wire")
def verbose_error_message(message: Json, context: Context) -> Rewritten:
    """The error for an unknown method lists the methods that there are, line by line."""
    if _asked_unknown(context) and _is_error(message, -32601):
        return {
            **message,
            "error": {**message["error"], "message": _LISTING},
        }
    return message


@answers("jsonrpc/matches-methods-loosely", "wire")
def matches_methods_loosely(message: Any, context: Context) -> Reply:
    """The server finds methods without regard to case and spaces."""
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        return PASS
    method = message["method"].lower().strip()
    if method == message["method"] or method.partition("/")[0] not in _AREAS:
        return PASS
    return Forward({**message, "method": method}, _mirrored(context, method))


@rewrites("jsonrpc/changes-string-id", "wire")
def changes_string_id(message: Json, context: Context) -> Rewritten:
    """The server drops check marks from ids, as a filter for symbols would."""
    identity = message.get("id")
    if "result" in message and isinstance(identity, str) and "✓" in identity:
        return {**message, "id": identity.replace("✓", "")}
    return message


@rewrites("jsonrpc/changes-integer-id", "wire")
def changes_integer_id(message: Json, context: Context) -> Rewritten:
    """The server keeps 32 bits of an id."""
    identity = message.get("id")
    if "result" in message and isinstance(identity, int) and identity >= _LARGEST:
        return {**message, "id": identity & _MASK}
    return message


@answers("jsonrpc/refuses-legal-id", "wire")
def refuses_legal_id(message: Any, context: Context) -> Reply:
    """The server takes the id 0 for none."""
    if isinstance(message, dict) and "method" in message and message.get("id") == 0 and message["id"] is not False:
        return Answer(_error(0, -32600, "A request has an id."), 400)
    return PASS


@answers("jsonrpc/serves-invalid-params", "wire")
def serves_invalid_params(message: Any, context: Context) -> Reply:
    """Reading no resource in particular gives no contents."""
    if _is_read_without_uri(message):
        hints = {"ttlMs": 0, "cacheScope": "private"} if context.era == "stateless" else {}
        return with_result(message, {"contents": [], **hints}, context)
    return PASS


@answers("jsonrpc/wrong-code-for-invalid-params", "wire")
def wrong_code_for_invalid_params(message: Any, context: Context) -> Reply:
    """Reading no resource in particular is an internal error."""
    if _is_read_without_uri(message):
        return _error(message["id"], -32603, "Internal error.")
    return PASS


@rewrites("jsonrpc/response-id-mismatch", "wire")
def response_id_mismatch(message: Json, context: Context) -> Rewritten:
    """The response to completion/complete carries its id as text."""
    if _method(context) == "completion/complete" and isinstance(message.get("id"), int):
        return {**message, "id": str(message["id"])}
    return message


@rewrites("jsonrpc/stray-response", "wire")
def stray_response(message: Json, context: Context) -> Rewritten:
    """Before the response to completion/complete comes one that answers nothing."""
    if _method(context) == "completion/complete":
        return [with_result({"id": 987_654_321}, {}, context), message]
    return message


@rewrites("jsonrpc/result-and-error", "wire")
def result_and_error(message: Json, context: Context) -> Rewritten:
    """The result of completion/complete comes with an error that says that there was none."""
    if _method(context) == "completion/complete" and "result" in message:
        return {**message, "error": {"code": 0, "message": "No error."}}
    return message


def _is_read_without_uri(message: Any) -> bool:
    if not isinstance(message, dict) or message.get("method") != "resources/read" or "id" not in message:
        return False
    params = message.get("params")
    return not isinstance(params, dict) or "uri" not in params


def _mirrored(context: Context, method: str) -> dict[str, str | None]:
    return {"mcp-method": method} if "mcp-method" in context.headers else {}


def _error(identity: Any, code: int, sentence: str) -> Json:
    return {"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": sentence}}
