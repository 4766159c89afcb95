"""Standard headers of the stateless era that are not demanded, not compared, or compared in the wrong way."""

from collections.abc import Mapping
from typing import Any

from oraclepack_faults.fault import PASS, Answer, Context, Forward, Json, Reply, Rewritten, answers, rewrites

_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_VERSION = "io.modelcontextprotocol/protocolVersion"


def _stateless(message: object) -> bool:
    params = message.get("params") if isinstance(message, dict) else None
    meta = params.get("_meta") if isinstance(params, dict) else None
    return isinstance(meta, dict) and meta.get(_VERSION) == "2026-07-28"


def _name(message: Json) -> str | None:
    params = message.get("params")
    value = params.get(_NAMED_BY.get(message.get("method", ""), "")) if isinstance(params, dict) else None
    return value if isinstance(value, str) else None


def _replaced(message: Json, headers: Mapping[str, str | None]) -> Forward:
    return Forward(message, headers)


@answers("headers/serves-version-mismatch", "transport")
def serves_version_mismatch(message: Any, context: Context) -> Reply:
    """The version header is overwritten with the version of the body."""
    if _stateless(message) and "mcp-protocol-version" in context.headers:
        return _replaced(message, {"mcp-protocol-version": "2026-07-28"})
    return PASS


def _mismatched_version(context: Context) -> bool:
    return _stateless(context.request) and context.headers.get("mcp-protocol-version") == "2025-11-25"


@rewrites("headers/wrong-answer-to-version-mismatch", "transport")
def wrong_answer_to_version_mismatch(message: Json, context: Context) -> Rewritten:
    """A version mismatch is refused as an invalid request."""
    if _mismatched_version(context) and "error" in message:
        return {**message, "error": {"code": -32600, "message": "Invalid request"}}
    return message


@answers("headers/serves-without-method-header", "transport")
def serves_without_method_header(message: Any, context: Context) -> Reply:
    """A missing Mcp-Method is filled in from the body."""
    if _stateless(message) and "mcp-method" not in context.headers:
        return _replaced(message, {"mcp-method": message["method"]})
    return PASS


@answers("headers/serves-mismatched-method", "transport")
def serves_mismatched_method(message: Any, context: Context) -> Reply:
    """Mcp-Method is overwritten with the method of the body."""
    if _stateless(message) and "mcp-method" in context.headers:
        return _replaced(message, {"mcp-method": message["method"]})
    return PASS


@answers("headers/serves-without-name-header", "transport")
def serves_without_name_header(message: Any, context: Context) -> Reply:
    """A missing Mcp-Name is filled in from the body."""
    if _stateless(message) and "mcp-name" not in context.headers and _name(message) is not None:
        return _replaced(message, {"mcp-name": _name(message)})
    return PASS


@answers("headers/serves-mismatched-name", "transport")
def serves_mismatched_name(message: Any, context: Context) -> Reply:
    """A plain Mcp-Name is overwritten with the name of the body."""
    given = context.headers.get("mcp-name", "=?")
    if _stateless(message) and not given.startswith("=?") and _name(message) is not None:
        return _replaced(message, {"mcp-name": _name(message)})
    return PASS


@answers("headers/encoded-name-not-decoded", "transport")
def encoded_name_not_decoded(message: Any, context: Context) -> Reply:
    """Mcp-Name in base64 form is compared as it stands."""
    if _stateless(message) and context.headers.get("mcp-name", "").startswith("=?base64?"):
        return _mismatch(message)
    return PASS


@answers("headers/loose-base64-marker", "transport")
def loose_base64_marker(message: Any, context: Context) -> Reply:
    """The base64 marker is recognised in capitals."""
    given = context.headers.get("mcp-name", "")
    if _stateless(message) and given.startswith("=?BASE64?"):
        return _replaced(message, {"mcp-name": given.replace("=?BASE64?", "=?base64?")})
    return PASS


@answers("headers/wrong-answer-to-mismatch", "transport")
def wrong_answer_to_mismatch(message: Any, context: Context) -> Reply:
    """A name mismatch is refused as invalid parameters."""
    given = context.headers.get("mcp-name")
    if _stateless(message) and given is not None and not given.startswith("=?") and given != _name(message):
        error = {"code": -32602, "message": "Invalid params"}
        return Answer({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, status=400)
    return PASS


def _mismatch(message: Json) -> Answer:
    error = {"code": -32020, "message": "Header mismatch"}
    return Answer({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, status=400)
