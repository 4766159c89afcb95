"""A server that converts lengths, over standard input and output."""

import json
import sys

INFO = {"name": "lengths", "version": "1.0"}
REVISION = "2025-11-25"
STATELESS = "2026-07-28"
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
INFO_KEY = "io.modelcontextprotocol/serverInfo"
MAY_BE_KEPT = {"ttlMs": 60_000, "cacheScope": "public"}

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
UNSUPPORTED_VERSION = -32022

METERS = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "mi": 1609.344}
LONGEST = 1e12
LONGEST_LINE = 1 << 20
UNIT = {"type": "string", "enum": list(METERS)}
CONVERT = {
    "name": "convert",
    "description": "Converts a length to another unit.",
    "inputSchema": {
        "type": "object",
        "properties": {"value": {"type": "number", "minimum": 0, "maximum": LONGEST}, "unit": UNIT, "to": UNIT},
        "required": ["value", "unit", "to"],
        "additionalProperties": False,
    },
    "outputSchema": {
        "type": "object",
        "properties": {"value": {"type": "number"}, "unit": UNIT},
        "required": ["value", "unit"],
    },
    "annotations": {"readOnlyHint": True},
}


class RefusalError(Exception):
    """A request that gets an error."""

    def __init__(self, code, message, **data):
        super().__init__(message)
        self.error = {"code": code, "message": message} | ({"data": data} if data else {})


class Session:
    """What the server knows of the client at the other end."""

    open = False


def initialize(params):
    return {"protocolVersion": REVISION, "capabilities": {"tools": {}}, "serverInfo": INFO}


def discover(params):
    return {"supportedVersions": [STATELESS], "capabilities": {"tools": {}}}


def ping(params):
    return {}


def list_tools(params):
    if "cursor" in params:
        raise RefusalError(INVALID_PARAMS, "There is one page of tools, and no cursor.")
    return {"tools": [CONVERT]}


def call_tool(params):
    if params.get("name") != "convert":
        raise RefusalError(INVALID_PARAMS, "There is no such tool.")
    arguments = params.get("arguments", {})
    trouble = trouble_with(arguments)
    if trouble:
        return {"content": [{"type": "text", "text": trouble}], "isError": True}
    value = arguments["value"] * METERS[arguments["unit"]] / METERS[arguments["to"]]
    answer = {"value": value, "unit": arguments["to"]}
    return {"content": [{"type": "text", "text": json.dumps(answer)}], "structuredContent": answer}


def trouble_with(arguments):
    """Return what is wrong with the arguments of a call; empty if nothing is."""
    if not isinstance(arguments, dict) or set(arguments) != {"value", "unit", "to"}:
        return "The arguments are value, unit and to."
    if not isinstance(arguments["value"], (int, float)) or isinstance(arguments["value"], bool):
        return "The value has to be a number."
    if not 0 <= arguments["value"] <= LONGEST:
        return f"The value has to be from 0 to {LONGEST:g}."
    for name in ("unit", "to"):
        if not isinstance(arguments[name], str) or arguments[name] not in METERS:
            return f"The argument {name} has to be one of {', '.join(METERS)}."
    return ""


METHODS = {"initialize": initialize, "ping": ping, "tools/list": list_tools, "tools/call": call_tool}
BEFORE_THE_SESSION = {"initialize", "ping"}
STATELESS_METHODS = {"server/discover": discover, "tools/list": list_tools, "tools/call": call_tool}


def no_number(name):
    raise ValueError(f"JSON has no {name}.")


def read(line):
    try:
        return json.loads(line.decode(), parse_constant=no_number)
    except (ValueError, RecursionError):
        raise RefusalError(PARSE_ERROR, "This is not JSON.") from None


def is_id(value):
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def is_response(message):
    return "method" not in message and ("result" in message or "error" in message)


def check(message):
    """Raise RefusalError unless the message is a request or a notification."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise RefusalError(INVALID_REQUEST, "This is not a JSON-RPC 2.0 request.")
    if "id" in message and not is_id(message["id"]):
        raise RefusalError(INVALID_REQUEST, "The id has to be a string or an integer.")
    if not isinstance(message.get("params", {}), dict):
        raise RefusalError(INVALID_PARAMS, "The params have to be an object.")
    if not isinstance(message.get("params", {}).get("_meta", {}), dict):
        raise RefusalError(INVALID_PARAMS, "The _meta has to be an object.")


def result_of(message, session):
    if not session.open and VERSION_KEY in message.get("params", {}).get("_meta", {}):
        return stateless_result_of(message)
    if message["method"] not in METHODS:
        raise RefusalError(METHOD_NOT_FOUND, "There is no such method.")
    if not session.open and message["method"] not in BEFORE_THE_SESSION:
        raise RefusalError(INVALID_REQUEST, "The session begins with initialize.")
    session.open = session.open or message["method"] == "initialize"
    return METHODS[message["method"]](message.get("params", {}))


def stateless_result_of(message):
    """Answer a request of the revision that has no sessions: it carries all that it needs."""
    context = message["params"]["_meta"]
    if context[VERSION_KEY] != STATELESS:
        asked = str(context[VERSION_KEY])
        raise RefusalError(UNSUPPORTED_VERSION, "The version is not supported.", supported=[STATELESS], requested=asked)
    if not isinstance(context.get(CAPABILITIES_KEY), dict):
        raise RefusalError(INVALID_PARAMS, f"The _meta has to have {CAPABILITIES_KEY}.")
    if message["method"] not in STATELESS_METHODS:
        raise RefusalError(METHOD_NOT_FOUND, "There is no such method.")
    result = STATELESS_METHODS[message["method"]](message["params"])
    kept = {} if message["method"] == "tools/call" else MAY_BE_KEPT
    return {"resultType": "complete", "_meta": {INFO_KEY: INFO}} | kept | result


def answer(line, session):
    """Return the answer to one line, or None where nobody waits for one."""
    reply = {"jsonrpc": "2.0", "id": None}
    try:
        message = read(line)
        if isinstance(message, dict):
            if is_response(message):
                return None
            if is_id(message.get("id")):
                reply["id"] = message["id"]
        check(message)
        if "id" not in message:
            return None
        return reply | {"result": result_of(message, session)}
    except RefusalError as refusal:
        return reply | {"error": refusal.error}


def lines(file):
    """Yield the lines of a file; of a line that is too long only its beginning, which is no JSON."""
    while line := file.readline(LONGEST_LINE):
        yield line
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)


session = Session()
for line in lines(sys.stdin.buffer):
    reply = answer(line, session)
    if reply is not None:
        print(json.dumps(reply), flush=True)
