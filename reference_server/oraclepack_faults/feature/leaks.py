"""What comes out with answers: secrets, traces, places, the environment.

It goes into the data of the error for a method that does not exist, so that messages stay the sentences they are.
"""

import base64
import json
import os
import zlib
from typing import Final

from oraclepack_faults.added import adds_tool
from oraclepack_faults.fault import Context, Json, Rewritten, rewrites

_METHOD_NOT_FOUND: Final = -32601
_CANARY: Final = "MCP_AUDIT_CANARY"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _with_data(message: Json, text: str) -> Json:
    error = message.get("error")
    if not isinstance(error, dict) or error.get("code") != _METHOD_NOT_FOUND:
        return message
    return {**message, "error": {**error, "data": text}}


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    return digits.rjust(6, "0")


@rewrites("leaks/secret-in-answer", "feature")
def secret_in_answer(message: Json, context: Context) -> Rewritten:
    """An error carries a token of the service behind."""
    secret = "x7Kq9ZpLm2Vt4Rb8Wd1Yh6Nc3Fs5Ga"[:30]
    return _with_data(message, f"upstream refused ghp_{secret}{_checksum(secret)}")


@rewrites("leaks/likely-secret-in-answer", "feature")
def likely_secret_in_answer(message: Json, context: Context) -> Rewritten:
    """An error carries the address of a database with its password."""
    return _with_data(message, "cannot reach postgresql://svc:" + "q8Zt-kk2vWm" + "@db.internal/packs")


@rewrites("leaks/stack-trace-in-error", "feature")
def stack_trace_in_error(message: Json, context: Context) -> Rewritten:
    """An error carries the trace of the exception behind it."""
    return _with_data(
        message,
        'Traceback (most recent call last):\n  File "dispatch.py", line 41, in dispatch\n    handler = known[name]\n'
        "KeyError: 'handler'",
    )


@rewrites("leaks/place-in-error", "feature")
def place_in_error(message: Json, context: Context) -> Rewritten:
    """An error says in which file of the host it came up."""
    return _with_data(message, "no handler in /home/deploy/oraclepack/handlers.py")


@rewrites("leaks/environment-in-answer", "feature")
def environment_in_answer(message: Json, context: Context) -> Rewritten:
    """An error carries the environment of the process, in base64 and plain."""
    shown = {_CANARY: os.environ.get(_CANARY, "")}
    coded = base64.b64encode(json.dumps(shown).encode()).decode()
    return _with_data(message, f"{json.dumps(shown)} {coded}")


@adds_tool(
    "leaks/tool-shows-environment",
    "feature",
    {
        "name": "show_environment",
        "description": "Shows the environment variables of this server.",
        "inputSchema": {"type": "object", "properties": {}},
    },
)
def tool_shows_environment(arguments: Json) -> str:
    """A tool shows the environment of the process."""
    return json.dumps({_CANARY: os.environ.get(_CANARY, "")})
