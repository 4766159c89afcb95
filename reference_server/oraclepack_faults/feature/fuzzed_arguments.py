"""A tool that goes wrong at some of its arguments only: what a generator has to hit upon."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anyio

from oraclepack_faults.fault import (
    PASS,
    ASGIApp,
    Context,
    Forward,
    Json,
    Receive,
    Reply,
    Rewritten,
    Scope,
    Send,
    answers,
    both,
    replaces,
    rewrites,
    wraps_http,
)
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result
from oraclepack_faults.transport.authorization import read_whole

_TOOL: Final = "oraclepack_list_packs"
_MOST: Final = 200
"""The largest limit that the schema allows."""
_KNOWN: Final = {"directory", "recursive", "pattern", "cursor", "limit"}
_SEVERAL, _SOME, _MANY = 10, 20, 30
_LONG_S: Final = 1.5
_LEFT_BEHIND: Final = 24 * 1024
_ADDS: Final = "test_structured_content"
"""A tool of the diagnostics profile with two numbers, whose sum it returns."""
_ADDING_S: Final = 0.005
_MIXES: Final = "fuzz/mixes-concurrent-answers"
_FAILS_AGAIN: Final = "fuzz/idempotent-tool-fails-again"
_TRACE: Final = """Traceback (most recent call last):
  File "/srv/packs/listing.py", line 41, in looked_into
    return os.scandir(directory)
FileNotFoundError: [Errno 2] No such file or directory"""


def _arguments(request: object, tool: str = _TOOL) -> Json | None:
    """Return the arguments of a call of a tool; None for anything else."""
    params = params_of(request)
    if not isinstance(request, dict) or request.get("method") != "tools/call" or params.get("name") != tool:
        return None
    given = params.get("arguments")
    return given if isinstance(given, dict) else {}


def _limit(arguments: Json | None) -> int:
    limit = (arguments or {}).get("limit")
    return limit if isinstance(limit, int) and not isinstance(limit, bool) else 0


def _listed(message: Json, context: Context) -> Json | None:
    """Return the arguments whose success the message tells; None for anything else."""
    result = message.get("result")
    if method_of(context) != "tools/call" or not isinstance(result, dict) or result.get("isError"):
        return None
    return _arguments(context.request)


def _before_serving(act: Callable[[Json | None, Send], Any]) -> Callable[[ASGIApp], ASGIApp]:
    """Wrap an app: `act` sees the arguments of each call first, and says whether it has answered it."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] != "POST":
                await app(scope, receive, send)
                return
            body, again = await read_whole(receive)
            if not await act(_arguments(_message(body)), send):
                await app(scope, again, send)

        return served

    return wrap


def _message(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


@wraps_http("fuzz/stops-answering", "feature")
def stops_answering(app: ASGIApp) -> ASGIApp:
    """Whoever asks for more than thirty packs finds the connection closed."""

    async def act(arguments: Json | None, send: Send) -> bool:
        if not _MANY < _limit(arguments) <= _MOST:
            return False
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        return True

    return _before_serving(act)(app)


@wraps_http("fuzz/slow-for-small-input", "feature")
def slow_for_small_input(app: ASGIApp) -> ASGIApp:
    """Whoever asks for a single pack waits for more than a second."""

    async def act(arguments: Json | None, send: Send) -> bool:
        del send
        if _limit(arguments) == 1:
            await anyio.sleep(_LONG_S)
        return False

    return _before_serving(act)(app)


@rewrites("fuzz/malformed-answer", "feature")
def malformed_answer(message: Json, context: Context) -> Rewritten:
    """What is listed without looking into directories comes under the id of another request."""
    arguments = _listed(message, context)
    return {**message, "id": "another"} if arguments and arguments.get("recursive") is False else message


@answers("fuzz/accepts-invalid-arguments", "feature")
def accepts_invalid_arguments(message: Any, context: Context) -> Reply:
    """Arguments that the tool does not have are left out, and it runs."""
    del context
    arguments = _arguments(message)
    if not arguments or set(arguments) <= _KNOWN:
        return PASS
    kept = {name: value for name, value in arguments.items() if name in _KNOWN}
    return Forward({**message, "params": {**params_of(message), "arguments": kept}})


@rewrites("fuzz/internal-error", "feature")
def internal_error(message: Json, context: Context) -> Rewritten:
    """To list more than ten packs is an internal error."""
    return with_error(message, -32603) if _limit(_listed(message, context)) > _SEVERAL else message


@rewrites("fuzz/breaks-output-schema", "feature")
def breaks_output_schema(message: Json, context: Context) -> Rewritten:
    """Where more than twenty packs may be listed, none is."""
    if _limit(_listed(message, context)) <= _SOME or "structuredContent" not in message["result"]:
        return message
    left = {name: value for name, value in message["result"]["structuredContent"].items() if name != "packs"}
    result = {**message["result"], "content": [{"type": "text", "text": json.dumps(left)}], "structuredContent": left}
    return {**message, "result": result}


@rewrites("fuzz/leaks-internals", "feature")
def leaks_internals(message: Json, context: Context) -> Rewritten:
    """To name the directory brings out a stack trace."""
    directory = (_arguments(context.request) or {}).get("directory")
    if "result" not in message or not isinstance(directory, str):
        return message
    return with_result(message, {"content": [{"type": "text", "text": _TRACE}], "isError": True}, context)


@replaces("fuzz/read-only-tool-changes-files", "feature", "oraclepack_mcp.library.Library.list_packs")
def read_only_tool_changes_files(list_packs: Callable[..., Any]) -> Callable[..., Any]:
    """What was listed without looking into directories is noted in a file beside the packs."""

    def listing(self: Any, query: Any, *more: Any) -> Any:
        if not query.recursive:
            for root in self.roots.roots:
                if root.writable:
                    Path(root.real_path, "last-listing.txt").write_text(f"{time.time_ns()}\n", encoding="utf-8")
        return list_packs(self, query, *more)

    return listing


@rewrites(_FAILS_AGAIN, "feature")
def idempotent_tool_fails_again(message: Json, context: Context) -> Rewritten:
    """A pattern that has just been listed is not listed again at once."""
    arguments = _listed(message, context)
    if arguments is None:
        return message
    before, context.session["listed"] = context.session.get("listed"), arguments
    if "pattern" not in arguments or before != arguments:
        return message
    context.session["listed"] = None
    return with_result(message, {"content": [{"type": "text", "text": "It exists."}], "isError": True}, context)


@answers(_MIXES, "feature")
def _remembers(message: Any, context: Context) -> Reply:
    """Of two additions at the same time the later one gets the other's sum."""
    if _arguments(message, _ADDS) is not None:
        context.session["running"] = context.session.get("running", 0) + 1
    return PASS


@rewrites(_MIXES, "feature")
def _mixes(message: Json, context: Context) -> Rewritten:
    """Of two additions at the same time the later one gets the other's sum."""
    if _arguments(context.request, _ADDS) is None:
        return message
    context.session["running"] -= 1
    if context.session["running"]:
        context.session["first"] = message.get("result")
        return message
    first = context.session.pop("first", None)
    return message if first is None else {**message, "result": first}


@replaces(_MIXES, "feature", "oraclepack_mcp.protocol.exchange.Exchanges.serve")
def _takes_its_time(serve: Callable[..., Any]) -> Callable[..., Any]:
    """Of two additions at the same time the later one gets the other's sum: each takes long enough for that."""

    async def served(self: Any, route: Any, request: Any, message: Json, send: Send) -> None:
        if _arguments(message, _ADDS) is not None:
            await asyncio.sleep(_ADDING_S)
        await serve(self, route, request, message, send)

    return served


mixes_concurrent_answers = both(_remembers, _mixes, _takes_its_time)


@rewrites("fuzz/dirty-stdout", "feature")
def dirty_stdout(message: Json, context: Context) -> Rewritten:
    """What is listed without looking into directories is announced on standard output."""
    arguments = _listed(message, context)
    if context.transport != "stdio" or not arguments or arguments.get("recursive") is not False:
        return message
    return [b"listing one directory", message]


@replaces("fuzz/memory-grows", "feature", "oraclepack_mcp.library.Library.list_packs")
def memory_grows(list_packs: Callable[..., Any]) -> Callable[..., Any]:
    """Each list of packs is kept for good."""
    kept: list[bytearray] = []

    def listing(self: Any, query: Any, *more: Any) -> Any:
        kept.append(bytearray(_LEFT_BEHIND))
        return list_packs(self, query, *more)

    return listing


@rewrites("fuzz/unusable-schema", "feature")
def unusable_schema(message: Json, context: Context) -> Rewritten:
    """The least limit of the tool is more than its greatest, and it has to be given."""
    result = message.get("result")
    if method_of(context) != "tools/list" or not isinstance(result, dict):
        return message
    return with_member(message, "tools", [_contradicting(tool) for tool in result["tools"]])


def _contradicting(tool: Json) -> Json:
    if tool["name"] != _TOOL:
        return tool
    schema = tool["inputSchema"]
    limit = {**schema["properties"]["limit"], "minimum": _MOST + 1}
    properties = {**schema["properties"], "limit": limit}
    return {**tool, "inputSchema": {**schema, "properties": properties, "required": ["limit"]}}
