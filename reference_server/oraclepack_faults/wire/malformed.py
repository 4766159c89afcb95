"""Faults in the handling of what is no request: it is served, swallowed, or refused with another code."""

import json
from typing import Any, Final

from oraclepack_faults.fault import DROP, PASS, Answer, Context, Forward, Json, Reply, answers
from oraclepack_faults.results import with_result

_BATCHES: Final = "2025-03-26"
_CONTEXT: Final = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "nobody", "version": "0"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
"""What every request of the stateless era says of itself."""


@answers("jsonrpc/serves-invalid-json", "wire")
def repairs_json(message: Any, context: Context) -> Reply:
    """The server adds the brace that a body lacks at its end."""
    if not isinstance(message, bytes):
        return PASS
    try:
        return Forward(json.loads(message + b"}"))
    except (ValueError, RecursionError):
        return PASS


@answers("jsonrpc/wrong-code-for-invalid-json", "wire")
def calls_bad_json_internal(message: Any, context: Context) -> Reply:
    """The server calls a body that is no JSON an internal error."""
    return _error(None, -32603, "Internal error.") if isinstance(message, bytes) else PASS


@answers("jsonrpc/swallows-invalid-json", "wire")
def swallows_bad_json(message: Any, context: Context) -> Reply:
    """The server drops what is no JSON without a word."""
    return DROP if isinstance(message, bytes) else PASS


@answers("jsonrpc/serves-request-without-version", "wire")
def adds_version(message: Any, context: Context) -> Reply:
    """The server takes any object with a method for JSON-RPC 2.0."""
    if _is_object(message) and "method" in message and "jsonrpc" not in message:
        return Forward({**message, "jsonrpc": "2.0"})
    return PASS


@answers("jsonrpc/serves-request-of-other-version", "wire")
def ignores_version(message: Any, context: Context) -> Reply:
    """The server does not look at what jsonrpc says."""
    if _is_object(message) and message.get("jsonrpc", "2.0") != "2.0":
        return Forward({**message, "jsonrpc": "2.0"})
    return PASS


@answers("jsonrpc/serves-message-without-method", "wire")
def guesses_method(message: Any, context: Context) -> Reply:
    """The server takes a message without a method for a sign of life."""
    calls = {name.lower() for name in message} if _is_object(message) else set()
    if "id" in calls and not calls & {"method", "result", "error"}:
        return _forward({**message, "method": _plain(context)}, context)
    return PASS


@answers("jsonrpc/serves-method-of-other-type", "wire")
def unpacks_method(message: Any, context: Context) -> Reply:
    """The server takes the first of several methods."""
    method = message.get("method") if _is_object(message) else None
    if isinstance(method, list) and method:
        return _forward({**message, "method": method[0]}, context)
    return PASS


@answers("jsonrpc/folds-member-names", "wire")
def folds_member_names(message: Any, context: Context) -> Reply:
    """The server reads member names without regard to case, where they are ASCII."""
    if _is_object(message) and any(name != _folded(name) for name in message):
        return Forward({_folded(name): value for name, value in message.items()})
    return PASS


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else name


@answers("jsonrpc/serves-scalar-params", "wire")
def drops_scalar_params(message: Any, context: Context) -> Reply:
    """The server drops params that it cannot read and serves the rest."""
    if _is_object(message) and isinstance(message.get("params"), str | int | float):
        rest = {name: value for name, value in message.items() if name != "params"}
        return Forward({**rest, "params": {"_meta": _CONTEXT}} if context.era == "stateless" else rest)
    return PASS


@answers("jsonrpc/serves-bare-value", "wire")
def answers_bare_string(message: Any, context: Context) -> Reply:
    """The server takes a JSON string for the name of a method."""
    if isinstance(message, str):
        return with_result({"id": "bare"}, {}, context)
    return PASS


@answers("jsonrpc/wrong-code-for-invalid-request", "wire")
def calls_bad_request_internal(message: Any, context: Context) -> Reply:
    """The server calls a request without jsonrpc an internal error."""
    if _is_object(message) and "method" in message and "jsonrpc" not in message:
        return _error(message.get("id"), -32603, "Internal error.")
    return PASS


@answers("jsonrpc/serves-null-id", "wire")
def serves_null_id(message: Any, context: Context) -> Reply:
    """The server answers a request with the id null."""
    return _serve_as("null", message, context) if _has_id(message, type(None)) else PASS


@answers("jsonrpc/serves-odd-id", "wire")
def serves_boolean_id(message: Any, context: Context) -> Reply:
    """The server answers a request with a boolean for its id."""
    return _serve_as("true", message, context) if _has_id(message, bool) else PASS


@answers("jsonrpc/takes-odd-id-for-notification", "wire")
def takes_odd_id_for_notification(message: Any, context: Context) -> Reply:
    """The server takes a request whose id it cannot use for a notification."""
    odd = _has_id(message, type(None), bool, float, dict, list)
    return DROP if odd else PASS


@answers("jsonrpc/refuses-batch", "wire")
def refuses_batch(message: Any, context: Context) -> Reply:
    """The server offers 2025-03-26 and refuses batches."""
    if isinstance(message, list) and context.revision == _BATCHES:
        return Answer(_error(None, -32600, "There are no batches."), 400)
    return PASS


@answers("jsonrpc/answers-batch-in-part", "wire")
def answers_batch_in_part(message: Any, context: Context) -> Reply:
    """The server looks at the first message of a batch only."""
    return Forward(message[:1]) if isinstance(message, list) and context.revision == _BATCHES else PASS


@answers("jsonrpc/processes-batch", "wire")
def processes_batch(message: Any, context: Context) -> Reply:
    """The server takes the first request out of an array."""
    if isinstance(message, list) and message and context.revision != _BATCHES and _is_object(message[0]):
        return _forward(message[0], context)
    return PASS


def _is_object(message: Any) -> bool:
    return isinstance(message, dict)


def _has_id(message: Any, *kinds: type) -> bool:
    is_call = isinstance(message, dict) and isinstance(message.get("method"), str) and "id" in message
    return is_call and type(message["id"]) in kinds


def _serve_as(identity: str, message: Json, context: Context) -> Reply:
    return Forward({**message, "id": identity}) if message["method"] == _plain(context) else PASS


def _plain(context: Context) -> str:
    return "ping" if context.era == "handshake" else "server/discover"


def _forward(message: Json, context: Context) -> Forward:
    """Hand on a message whose method may not be the one that the headers mirror."""
    is_stateless = context.transport == "http" and context.era == "stateless"
    return Forward(message, {"mcp-method": str(message.get("method"))} if is_stateless else {})


def _error(identity: Any, code: int, sentence: str) -> Json:
    return {"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": sentence}}
