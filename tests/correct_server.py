"""A correct MCP server with two tools and nothing else, by hand: the judge of whether an audit raises false alarms.

It stands on no SDK, shares no code with anything that is audited or audits, and its tools have no descriptions.
`python correct_server.py handshake|stateless` serves over stdio; `correct_server_http` serves over HTTP.
"""

import json
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

JsonObject: TypeAlias = dict[str, Any]

HANDSHAKE: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS: Final = ("2026-07-28",)
INFO: Final = {"name": "correct", "version": "1.0"}
VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
INFO_KEY: Final = "io.modelcontextprotocol/serverInfo"

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022

_TYPES: Final[Mapping[str, type]] = {"integer": int, "string": str}
_TOOLS: Final[Mapping[str, Mapping[str, str]]] = {
    "add": {"a": "integer", "b": "integer"},
    "echo": {"text": "string"},
}
"""Tool to parameter to type; all parameters are required."""


class RefusalError(Exception):
    """A JSON-RPC error in the making."""

    def __init__(self, code: int, message: str, data: JsonObject | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


@dataclass(slots=True)
class Conversation:
    """What a handshake server remembers of one client."""

    revision: str = ""
    confirmed: bool = False


def parsed(data: bytes) -> Any:
    """Return the JSON value of `data`; raises RefusalError if there is none."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RefusalError(PARSE_ERROR, "This is not JSON.") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def failure(rpc_id: str | int | None, refusal: RefusalError, *, stateless: bool = False) -> JsonObject:
    """Return the error response; without an id it has null, or, in the stateless revision, no member."""
    error: JsonObject = {"code": refusal.code, "message": str(refusal)}
    if refusal.data is not None:
        error["data"] = refusal.data
    if rpc_id is None and stateless:
        return {"jsonrpc": "2.0", "error": error}
    return {"jsonrpc": "2.0", "id": rpc_id, "error": error}


def id_of(message: object) -> str | int | None:
    """Return the id if the message has one that the protocol knows."""
    found = message.get("id") if isinstance(message, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def is_notification(message: object) -> bool:
    """Whether nobody waits for an answer: there is a method and no id."""
    return isinstance(message, dict) and "id" not in message and isinstance(message.get("method"), str)


def is_response(message: object) -> bool:
    """Whether the message answers something."""
    return isinstance(message, dict) and "method" not in message and ("result" in message) != ("error" in message)


def check_shape(message: object) -> None:
    """Raise RefusalError unless the value is a request, a notification or a response."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise RefusalError(INVALID_REQUEST, "This is no JSON-RPC 2.0 message.")
    if is_response(message) and id_of(message) is not None:
        return
    if not isinstance(message.get("method"), str):
        raise RefusalError(INVALID_REQUEST, "The method is missing.")
    if "id" in message and id_of(message) is None:
        raise RefusalError(INVALID_REQUEST, "The id is neither a string nor an integer.")
    if not isinstance(message.get("params", {}), dict):
        code = INVALID_PARAMS if isinstance(message["params"], list) else INVALID_REQUEST
        raise RefusalError(code, "The params are no object.")


def answer(message: object, talk: Conversation) -> JsonObject | None:
    """Answer one message of the handshake era; None if nothing is to be sent."""
    try:
        check_shape(message)
    except RefusalError as refusal:
        return None if is_notification(message) else failure(id_of(message), refusal)
    assert isinstance(message, dict)
    if is_response(message):
        return None
    if "id" not in message:
        if message["method"] == "notifications/initialized" and talk.revision:
            talk.confirmed = True
        return None
    try:
        result = _result(message["method"], message.get("params", {}), talk)
    except RefusalError as refusal:
        return failure(message["id"], refusal)
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


def answer_batch(batch: Sequence[object], talk: Conversation) -> JsonObject | list[JsonObject] | None:
    """Answer an array: all its requests where the revision has batches, an error where it has none."""
    if talk.revision not in HANDSHAKE[:2] or not batch:
        return failure(None, RefusalError(INVALID_REQUEST, "An array is no message."))
    replies = [reply for reply in (answer(item, talk) for item in batch) if reply is not None]
    return replies or None


def _result(method: str, params: JsonObject, talk: Conversation) -> JsonObject:
    _check_meta(params)
    if method == "ping":
        return {}
    if method == "initialize":
        return _initialize(params, talk)
    if method not in {"tools/list", "tools/call"}:
        raise RefusalError(METHOD_NOT_FOUND, "There is no such method.")
    if not talk.confirmed:
        raise RefusalError(INVALID_REQUEST, "The handshake is not over.")
    return {"tools": listed(params, talk.revision)} if method == "tools/list" else called(params, talk.revision)


def _check_meta(params: JsonObject) -> None:
    if not isinstance(params.get("_meta", {}), dict):
        raise RefusalError(INVALID_PARAMS, "The _meta member is no object.")


def _initialize(params: JsonObject, talk: Conversation) -> JsonObject:
    if talk.revision:
        raise RefusalError(INVALID_REQUEST, "The handshake was made before.")
    asked, client = params.get("protocolVersion"), params.get("clientInfo")
    if not isinstance(asked, str) or not isinstance(params.get("capabilities"), dict) or not isinstance(client, dict):
        raise RefusalError(INVALID_PARAMS, "protocolVersion, capabilities and clientInfo are required.")
    talk.revision = asked if asked in HANDSHAKE else HANDSHAKE[-1]
    return {"protocolVersion": talk.revision, "capabilities": {"tools": {}}, "serverInfo": INFO}


def listed(params: JsonObject, revision: str) -> list[JsonObject]:
    """Return the tools; there is one page, so that no cursor is valid."""
    if "cursor" in params:
        raise RefusalError(INVALID_PARAMS, "The cursor is none of ours.")
    return [_described(name, revision) for name in _TOOLS]


def _described(name: str, revision: str) -> JsonObject:
    properties = {parameter: {"type": kind} for parameter, kind in _TOOLS[name].items()}
    tool: JsonObject = {
        "name": name,
        "inputSchema": {"type": "object", "properties": properties, "required": [*_TOOLS[name]]},
    }
    if revision >= "2025-03-26":
        tool["annotations"] = {"readOnlyHint": True}
    if revision >= "2025-06-18" and name == "add":
        tool["outputSchema"] = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}
    return tool


def called(params: JsonObject, revision: str) -> JsonObject:
    """Run a tool. Arguments that do not fit are a protocol error to 2025-06-18, a tool's error from 2025-11-25 on."""
    name, arguments = params.get("name"), params.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise RefusalError(INVALID_PARAMS, "name is a string, and arguments an object.")
    if name not in _TOOLS:
        raise RefusalError(INVALID_PARAMS, "There is no such tool.")
    trouble = _trouble(_TOOLS[name], arguments)
    if trouble and revision >= "2025-11-25":
        return {"content": [{"type": "text", "text": trouble}], "isError": True}
    if trouble:
        raise RefusalError(INVALID_PARAMS, trouble)
    if name == "echo":
        return {"content": [{"type": "text", "text": _shown(arguments["text"])}]}
    total = {"sum": arguments["a"] + arguments["b"]}
    structured = {"structuredContent": total} if revision >= "2025-06-18" else {}
    return {"content": [{"type": "text", "text": json.dumps(total)}], **structured}


def _shown(text: str) -> str:
    """Return a text without what steers terminals, which is shown as an escape."""
    return "".join(
        ascii(char)[1:-1] if unicodedata.category(char) == "Cc" and char not in "\t\r\n" else char for char in text
    )


def _trouble(parameters: Mapping[str, str], arguments: JsonObject) -> str:
    for parameter, kind in parameters.items():
        value = arguments.get(parameter)
        if not isinstance(value, _TYPES[kind]) or isinstance(value, bool):
            return f"The argument {parameter} has to be of the type {kind}."
    return ""


def answer_stateless(message: object) -> JsonObject | None:
    """Answer one message of the stateless revision; None if nothing is to be sent."""
    try:
        check_shape(message)
        assert isinstance(message, dict)
        if is_response(message) or "id" not in message:
            return None
        result = _stateless_result(message["method"], message.get("params", {}))
    except RefusalError as refusal:
        return None if is_notification(message) else failure(id_of(message), refusal, stateless=True)
    return {"jsonrpc": "2.0", "id": message["id"], "result": {"resultType": "complete", **result}}


def _stateless_result(method: str, params: JsonObject) -> JsonObject:
    if method == "initialize":
        raise RefusalError(UNSUPPORTED_VERSION, "There is no handshake here.", _versions(params.get("protocolVersion")))
    meta = params.get("_meta")
    version = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    if not isinstance(meta, dict) or not isinstance(version, str):
        raise RefusalError(INVALID_PARAMS, f"_meta has to have {VERSION_KEY}.")
    if version not in STATELESS:
        raise RefusalError(UNSUPPORTED_VERSION, "The version is not supported.", _versions(version))
    if not isinstance(meta.get(CAPABILITIES_KEY), dict):
        raise RefusalError(INVALID_PARAMS, f"_meta has to have {CAPABILITIES_KEY}.")
    shown: JsonObject = {"_meta": {INFO_KEY: INFO}}
    hints = {"ttlMs": 60_000, "cacheScope": "public"}
    if method == "server/discover":
        return {"supportedVersions": [*STATELESS], "capabilities": {"tools": {}}, **hints, **shown}
    if method == "tools/list":
        return {"tools": listed(params, version), **hints, **shown}
    if method == "tools/call":
        return {**called(params, version), **shown}
    raise RefusalError(METHOD_NOT_FOUND, "There is no such method.")


def _versions(requested: object) -> JsonObject:
    return {"supported": [*STATELESS], "requested": str(requested)}


def serve_lines(era: str) -> None:
    """Serve over standard input and output until the input ends."""
    talk = Conversation()
    for line in sys.stdin.buffer:
        if line.strip():
            reply = _line_reply(line, era, talk)
            if reply is not None:
                sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
                sys.stdout.buffer.flush()


def _line_reply(line: bytes, era: str, talk: Conversation) -> JsonObject | list[JsonObject] | None:
    try:
        message = parsed(line)
    except RefusalError as refusal:
        return failure(None, refusal, stateless=era == "stateless")
    if era == "stateless":
        return answer_stateless(message)
    return answer_batch(message, talk) if isinstance(message, list) else answer(message, talk)


if __name__ == "__main__":
    serve_lines(sys.argv[1])
