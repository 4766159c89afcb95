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
    return {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": INFO}


def ping(params):
    return {}


METHODS = {"initialize": initialize, "ping": ping}


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
