"""A server that converts lengths, over standard input and output."""

import json
import sys

INFO = {"name": "lengths", "version": "1.0"}


class RefusalError(Exception):
    """A request that gets an error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def initialize(params):
    return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": INFO}


def ping(params):
    return {}


METERS = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "mi": 1609.344}

CONVERT = {
    "name": "convert",
    "description": "Converts a length to another unit.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "value": {"type": "number"},
            "unit": {"type": "string", "enum": list(METERS)},
            "to": {"type": "string", "enum": list(METERS)},
        },
        "required": ["value", "unit", "to"],
    },
    "outputSchema": {
        "type": "object",
        "properties": {"value": {"type": "number"}, "unit": {"type": "string"}},
        "required": ["value", "unit"],
    },
    "annotations": {"readOnlyHint": True},
}


def list_tools(params):
    return {"tools": [CONVERT]}


def call_tool(params):
    arguments = params["arguments"]
    length = arguments["value"] * METERS[arguments["unit"]] / METERS[arguments["to"]]
    return {"structuredContent": {"value": length, "unit": arguments["to"]}}


METHODS = {"initialize": initialize, "ping": ping, "tools/list": list_tools, "tools/call": call_tool}


def read(line):
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise RefusalError(-32700, "This is not JSON.") from None


def usable(rpc_id):
    return isinstance(rpc_id, (str, int)) and not isinstance(rpc_id, bool)


def is_response(message):
    return "method" not in message and ("result" in message or "error" in message)


def check(message):
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise RefusalError(-32600, "This is not a JSON-RPC 2.0 request.")
    if "id" in message and not usable(message["id"]):
        raise RefusalError(-32600, "The id has to be a string or an integer.")
    if not isinstance(message.get("params", {}), dict):
        raise RefusalError(-32602, "The params have to be an object.")


def answer(line):
    reply = {"jsonrpc": "2.0", "id": None}
    try:
        message = read(line)
        if isinstance(message, dict):
            if is_response(message):
                return None
            if usable(message.get("id")):
                reply["id"] = message["id"]
        check(message)
        if "id" not in message:
            return None
        if message["method"] not in METHODS:
            raise RefusalError(-32601, "There is no such method.")
        return reply | {"result": METHODS[message["method"]](message.get("params", {}))}
    except RefusalError as refusal:
        return reply | {"error": {"code": refusal.code, "message": str(refusal)}}


for line in sys.stdin:
    reply = answer(line)
    if reply is not None:
        print(json.dumps(reply), flush=True)
