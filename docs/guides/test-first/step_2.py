"""A server that converts lengths, over standard input and output."""

import json
import sys

INFO = {"name": "lengths", "version": "1.0"}


def initialize(params):
    return {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": INFO}


def ping(params):
    return {}


METHODS = {"initialize": initialize, "ping": ping}

for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        result = METHODS[message["method"]](message.get("params"))
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
