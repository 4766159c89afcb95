"""The stateless era without its context: what ought to be refused is served, or refused in the wrong words."""

from typing import Any

from oraclepack_faults.fault import PASS, Answer, Context, Forward, Json, Reply, Rewritten, answers, rewrites

_VERSION = "io.modelcontextprotocol/protocolVersion"
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
_REVISION = "2026-07-28"
_REMOVED = frozenset({"ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"})


def _meta(message: object) -> Json:
    params = message.get("params") if isinstance(message, dict) else None
    meta = params.get("_meta") if isinstance(params, dict) else None
    return meta if isinstance(meta, dict) else {}


def _is_stateless(message: object) -> bool:
    return _meta(message).get(_VERSION) == _REVISION


def _with_meta(message: Json, meta: Json) -> Forward:
    params = message.get("params")
    return Forward({**message, "params": {**(params if isinstance(params, dict) else {}), "_meta": meta}})


@answers("stateless/serves-without-context", "session")
def serves_without_context(message: Any, context: Context) -> Reply:
    """Client capabilities that are missing from `_meta` are taken to be none."""
    if _is_stateless(message) and _CAPABILITIES not in _meta(message):
        return _with_meta(message, {**_meta(message), _CAPABILITIES: {}})
    return PASS


@rewrites("stateless/wrong-code-for-missing-context", "session")
def wrong_code_for_missing_context(message: Json, context: Context) -> Rewritten:
    """A request without client capabilities is refused as an internal error."""
    if _is_stateless(context.request) and _CAPABILITIES not in _meta(context.request) and "error" in message:
        return {**message, "error": {**message["error"], "code": -32603}}
    return message


@rewrites("stateless/wrong-status-for-missing-context", "session")
def wrong_status_for_missing_context(message: Json, context: Context) -> Rewritten:
    """A request without client capabilities is refused with HTTP 200."""
    if _is_stateless(context.request) and _CAPABILITIES not in _meta(context.request) and "error" in message:
        return Answer(message, status=200)
    return message


@answers("stateless/serves-unsupported-version", "session")
def serves_unsupported_version(message: Any, context: Context) -> Reply:
    """A version that was never published is read as the newest one."""
    if str(_meta(message).get(_VERSION, _REVISION)).startswith("19"):
        forward = _with_meta(message, {**_meta(message), _VERSION: _REVISION})
        return Forward(forward.message, {"mcp-protocol-version": _REVISION})
    return PASS


@rewrites("stateless/wrong-code-for-unsupported-version", "session")
def wrong_code_for_unsupported_version(message: Json, context: Context) -> Rewritten:
    """An unsupported version is refused as invalid parameters."""
    error = message.get("error")
    if isinstance(error, dict) and error.get("code") == -32022:
        return {**message, "error": {**error, "code": -32602}}
    return message


@rewrites("stateless/unsupported-version-without-list", "session")
def unsupported_version_without_list(message: Json, context: Context) -> Rewritten:
    """The refusal of a version names an empty list of supported ones."""
    error = message.get("error")
    if isinstance(error, dict) and error.get("code") == -32022:
        data = error.get("data")
        return {**message, "error": {**error, "data": {**(data if isinstance(data, dict) else {}), "supported": []}}}
    return message


@answers("stateless/serves-removed-method", "session")
def serves_removed_method(message: Any, context: Context) -> Reply:
    """Methods of the handshake era are served with the stateless context."""
    if isinstance(message, dict) and message.get("method") in _REMOVED and _is_stateless(message):
        info = {"io.modelcontextprotocol/serverInfo": {"name": "oraclepack", "version": "0"}}
        result = {"resultType": "complete", "_meta": info}
        return {"jsonrpc": "2.0", "id": message.get("id"), "result": result}
    return PASS


@rewrites("stateless/wrong-status-for-unknown-method", "session")
def wrong_status_for_unknown_method(message: Json, context: Context) -> Rewritten:
    """An unknown method is refused with HTTP 200."""
    error = message.get("error")
    if context.era == "stateless" and isinstance(error, dict) and error.get("code") == -32601:
        return Answer(message, status=200)
    return message


@rewrites("discover/changes-between-requests", "session")
def changes_between_requests(message: Json, context: Context) -> Rewritten:
    """Every discovery declares another experiment."""
    if (context.request or {}).get("method") != "server/discover" or "result" not in message:
        return message
    context.session["discoveries"] = context.session.get("discoveries", 0) + 1
    result = message["result"]
    experiments: Json = {"experimental": {f"round-{context.session['discoveries']}": {}}}
    return {**message, "result": {**result, "capabilities": {**result["capabilities"], **experiments}}}


@rewrites("discover/malformed-extension-id", "session")
def malformed_extension_id(message: Json, context: Context) -> Rewritten:
    """Discovery declares an extension without the prefix of its author."""
    if (context.request or {}).get("method") != "server/discover" or "result" not in message:
        return message
    capabilities = {**message["result"]["capabilities"], "extensions": {"postcards": {}}}
    return {**message, "result": {**message["result"], "capabilities": capabilities}}
