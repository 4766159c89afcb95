"""What faults need to put a result or an error in the place of another, correct in everything else."""

from typing import Any

from .fault import Context, Json

_SERVER_INFO = "io.modelcontextprotocol/serverInfo"


def method_of(context: Context) -> str | None:
    """Return the method of the request that a message answers; None where it answers none, or what is no method."""
    method = (context.request or {}).get("method")
    return method if isinstance(method, str) else None


def is_odd(context: Context) -> bool:
    """Whether the answered request has an odd id; clients count, so that every second request of each does."""
    identity = (context.request or {}).get("id")
    return isinstance(identity, int) and identity % 2 == 1


def params_of(message: object) -> Json:
    """Return the params of a message; empty where it has none."""
    params = message.get("params") if isinstance(message, dict) else None
    return params if isinstance(params, dict) else {}


def with_result(message: Json, result: Json, context: Context) -> Json:
    """Return the response with `result` in the place of what it said, with the envelope of its era."""
    envelope: Json = {}
    if context.era == "stateless":
        info = {"name": "oraclepack", "version": "0"}
        envelope = {"resultType": "complete", "_meta": {_SERVER_INFO: info}}
    return {"jsonrpc": "2.0", "id": message.get("id"), "result": {**envelope, **result}}


def with_error(message: Json, code: int, text: str = "Refused") -> Json:
    """Return the response with an error in the place of what it said."""
    return {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": code, "message": text}}


def with_member(message: Json, name: str, value: Any) -> Json:
    """Return the result with one member replaced."""
    return {**message, "result": {**message["result"], name: value}}
