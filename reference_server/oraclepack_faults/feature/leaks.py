"""What comes out with answers and beside them: secrets, traces, places, the environment; types that are not true.

Much of it goes into the data of the error for a method that does not exist, so that messages stay as they are.
"""

import base64
import json
import os
import subprocess
import time
import zlib
from typing import Any, Final

from oraclepack_faults.added_tools import adds_tool, text_tool
from oraclepack_faults.fault import (
    PASS,
    Context,
    Json,
    LineStreams,
    Reply,
    Rewritten,
    answers,
    both,
    rewrites,
    wraps_stdio,
)
from oraclepack_faults.results import method_of, params_of, with_member

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


def _token() -> str:
    """Return what has the form and the checksum of a token, and opens nothing."""
    letters = "x7Kq9ZpLm2Vt4Rb8Wd1Yh6Nc3Fs5Ga"
    return f"ghp_{letters}{_checksum(letters)}"


@rewrites("leaks/secret-in-answer", "feature")
def secret_in_answer(message: Json, context: Context) -> Rewritten:
    """An error carries a token of the service behind."""
    return _with_data(message, f"upstream refused {_token()}")


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
    text_tool("show_environment", "Shows the environment variables of this server.", closed=False),
)
def tool_shows_environment(arguments: Json) -> str:
    """A tool shows the environment of the process."""
    return json.dumps({_CANARY: os.environ.get(_CANARY, "")})


def _changed_pictures(message: Json, context: Context, change: Json) -> Rewritten:
    result = message.get("result")
    if (
        method_of(context) != "tools/call"
        or not isinstance(result, dict)
        or not isinstance(result.get("content"), list)
    ):
        return message
    content = [{**item, **change} if item.get("type") == "image" else item for item in result["content"]]
    return with_member(message, "content", content)


@rewrites("content/type-differs-from-bytes", "feature")
def type_differs_from_bytes(message: Json, context: Context) -> Rewritten:
    """Every picture is declared as a GIF."""
    return _changed_pictures(message, context, {"mimeType": "image/gif"})


@rewrites("content/script-in-picture", "feature")
def script_in_picture(message: Json, context: Context) -> Rewritten:
    """Every picture is a drawing with a script in it."""
    drawing = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>').decode()
    return _changed_pictures(message, context, {"mimeType": "image/svg+xml", "data": drawing})


@rewrites("logging/forges-lines", "feature")
def forges_lines(message: Json, context: Context) -> Rewritten:
    """What a tool is called with is logged as it is, line breaks and all."""
    arguments = params_of(context.request).get("arguments")
    texts = [text for text in arguments.values() if isinstance(text, str)] if isinstance(arguments, dict) else []
    forging = next((text for text in texts if "\n" in text), None)
    if method_of(context) != "tools/call" or forging is None or "id" not in message or "method" in message:
        return message
    entry = {"level": "info", "logger": "diagnostics", "data": f"called with {forging}"}
    return [{"jsonrpc": "2.0", "method": "notifications/message", "params": entry}, message]


@rewrites("robustness/slow-uri-template", "feature")
def _lists_tags(message: Json, context: Context) -> Rewritten:
    """A template with a list is matched by trying every way to split the list."""
    first = method_of(context) == "resources/templates/list" and "cursor" not in params_of(context.request)
    if not first or "result" not in message:
        return message
    tags = {"uriTemplate": "oraclepack://tags{/tag*}", "name": "tags"}
    return with_member(message, "resourceTemplates", [*message["result"]["resourceTemplates"], tags])


@answers("robustness/slow-uri-template", "feature")
def _matches_slowly(message: Any, context: Context) -> Reply:
    """A template with a list is matched by trying every way to split the list."""
    uri = str(params_of(message).get("uri"))
    if uri.startswith("oraclepack://tags") and "," in uri:
        time.sleep(min(0.004 * 2 ** (uri.count(",") - 13), 2.0))
    return PASS


slow_uri_template = both(_lists_tags, _matches_slowly)


@wraps_stdio("stdio/secret-on-command-line", "feature")
def secret_on_command_line(streams: LineStreams) -> LineStreams:
    """A helper is started with a token among its arguments."""
    words = ["/bin/sh", "-c", "read -r line", "helper", f"--token={_token()}"]
    subprocess.Popen(  # noqa: S603 - it waits for our end and ends then
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return streams
