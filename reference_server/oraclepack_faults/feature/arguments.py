"""Arguments that nobody validates, or that mean more than they should."""

import base64
import json
import re
import time
from typing import Any

from oraclepack_faults.added_tools import adds_tool, text_tool
from oraclepack_faults.fault import PASS, Context, Forward, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.feature.fetching import fetch
from oraclepack_faults.feature.injection import says_more
from oraclepack_faults.results import method_of, params_of, with_error, with_member

_PAIR = re.compile(r"""'(\d)'='(\d)""")
_ENTITY = re.compile(r'<!ENTITY (?:% )?a SYSTEM "([^"]+)">')
_INNER = re.compile(r'<!ENTITY a "(\d+)"><!ENTITY b "&a;(\d+)">')
_PRINT = re.compile(r"print\((\d+)\*(\d+)\)")
_OPENED = re.compile(r"urlopen\('([^']+)'")
_DOUBLING = re.compile(r"^(.)\1*\u2603$")
_SLOW = r"^((a+))+$"
_PICKLE = "gAJ9cQBYBAAAAHBhZ2VxAUsBcy4="
"""The number of a page, as Python's pickle writes it."""
_XML = text_tool("read_note", "Reads a note.", "xml", xml={"description": "The note, in XML."})
_CODE = text_tool("run_python", "Runs Python code.", "code", code={"description": "The code to run."})
_TELL = text_tool("tell", "Tells something.", "what", closed=False, what={"description": "What to tell."})


def _arguments(message: Any) -> Json:
    found = params_of(message).get("arguments")
    is_call = isinstance(message, dict) and message.get("method") == "tools/call"
    return found if is_call and isinstance(found, dict) else {}


def _without(message: Json, names: set[str]) -> Forward:
    left = {name: value for name, value in _arguments(message).items() if name not in names}
    return Forward({**message, "params": {**params_of(message), "arguments": left}})


@rewrites("injection/text-changes-sql", "feature")
def text_changes_sql(message: Json, context: Context) -> Rewritten:
    """What is named in an argument is looked for by a statement that is put together from it."""
    for value in _arguments(context.request).values():
        if isinstance(value, str) and (pair := _PAIR.search(value)):
            return says_more(message, "Three rows." if pair[1] == pair[2] else "No row.")
    return message


@rewrites("injection/text-changes-query", "feature")
def text_changes_query(message: Json, context: Context) -> Rewritten:
    """Operators of a document database are taken in the place of texts."""
    for value in _arguments(context.request).values():
        if isinstance(value, dict) and set(value) <= {"$ne", "$eq"}:
            return says_more(message, "Three documents." if "$ne" in value else "No document.")
    return message


@answers("arguments/ignores-constraints", "feature")
def ignores_constraints(message: Any, _: Context) -> Reply:
    """Arguments that are out of bounds are dropped, and the tool runs without them."""
    given = _arguments(message)
    odd = {name for name, value in given.items() if value == "mcp-audit" and name in {"scope", "roi_mode"}}
    return _without(message, odd) if odd else PASS


@answers("arguments/accepts-undeclared", "feature")
def accepts_undeclared(message: Any, _: Context) -> Reply:
    """Arguments that are not declared are dropped, and the tool runs without them."""
    given = _arguments(message)
    return _without(message, _undeclared(given)) if "x_mcp_audit" in given else PASS


def _undeclared(given: Json) -> set[str]:
    """Return the names that no tool declares, and ones that few declare, with the values that the check gives them."""
    switches = {"debug": True, "verbose": True, "admin": True, "is_admin": True, "force": True, "role": "admin"}
    named = {"user_id": "1", "fields": "*", "limit": 1, "x_mcp_audit": given.get("x_mcp_audit")}
    return {name for name, value in {**switches, **named}.items() if name in given and given[name] == value}


@adds_tool("arguments/undeclared-takes-effect", "feature", _TELL, first=True)
def undeclared_takes_effect(arguments: Json) -> str | None:
    """A tool says more if it is told to by an argument that it does not declare."""
    return "All that there is to tell." if arguments.get("debug") is True else "Nothing."


@rewrites("arguments/breaks-on-other-types", "feature")
def breaks_on_other_types(message: Json, context: Context) -> Rewritten:
    """A list in the place of a text is an internal error."""
    broken = ["mcp-audit"] in _arguments(context.request).values()
    return with_error(message, -32603) if broken and "result" in message else message


class _Polluted:
    """What all objects of a program share, if one request can write there."""

    def __init__(self) -> None:
        self._left = ""

    def write(self, message: Any, _: Context) -> Reply:
        """What stands in __proto__ stays."""
        found = _arguments(message).get("__proto__")
        if isinstance(found, dict):
            self._left = json.dumps(found)
        return PASS

    def read(self, message: Json, context: Context) -> Rewritten:
        """What stood in __proto__ is part of every later result."""
        return says_more(message, self._left) if method_of(context) == "tools/call" else message


_polluted = _Polluted()
pollutes_prototypes = both(
    answers("arguments/pollutes-prototypes", "feature")(_polluted.write),
    rewrites("arguments/pollutes-prototypes", "feature")(_polluted.read),
)


@adds_tool("injection/resolves-external-entities", "feature", _XML)
def resolves_external_entities(arguments: Json) -> str | None:
    """What a document names as a part of itself is fetched."""
    found = _ENTITY.search(arguments["xml"])
    return (fetch(found[1]) or "") if found else "A note."


@adds_tool("injection/expands-entities", "feature", _XML)
def expands_entities(arguments: Json) -> str | None:
    """Entities of a document are put in their places."""
    found = _INNER.search(arguments["xml"])
    return found[1] + found[2] if found else "A note."


@adds_tool("sandbox/runs-code-of-callers", "feature", _CODE)
def runs_code(arguments: Json) -> str | None:
    """A tool runs code, where it reaches nothing."""
    found = _PRINT.search(arguments["code"])
    return str(int(found[1]) * int(found[2])) if found else None


@adds_tool("sandbox/code-reaches-machine", "feature", _CODE)
def code_reaches_machine(arguments: Json) -> str | None:
    """A tool runs code on the machine, and tells nothing of its output."""
    found = _OPENED.search(arguments["code"])
    if found:
        fetch(found[1])
    return "Done."


@rewrites("deserialization/token-is-serialized-object", "feature")
def token_is_serialized_object(message: Json, context: Context) -> Rewritten:
    """The state that goes with a list is a pickle."""
    result = message.get("result")
    if method_of(context) != "tools/list" or not isinstance(result, dict):
        return message
    return with_member(message, "_meta", {**result.get("_meta", {}), "com.example/state": _PICKLE})


@rewrites("schemas/pattern-backtracks", "feature")
def pattern_backtracks(message: Json, context: Context) -> Rewritten:
    """The schema of the first tool has a pattern that repeats a repetition."""
    result = message.get("result")
    if method_of(context) != "tools/list" or not isinstance(result, dict) or not result["tools"]:
        return message
    first, *rest = result["tools"]
    word = {"type": "string", "pattern": _SLOW}
    schema = {**first["inputSchema"], "$defs": {**first["inputSchema"].get("$defs", {}), "word": word}}
    return with_member(message, "tools", [{**first, "inputSchema": schema}, *rest])


@answers("schemas/pattern-exhausts-server", "feature")
def pattern_exhausts_server(message: Any, _: Context) -> Reply:
    """Texts that hardly miss a pattern take twice as long with almost each letter."""
    for value in _arguments(message).values():
        if isinstance(value, str) and _DOUBLING.match(value):
            time.sleep(2.0 * 10 ** ((min(len(value), 25) - 25) / 4))
    return PASS


@rewrites("pagination/breaks-on-odd-cursor", "feature")
def breaks_on_odd_cursor(message: Json, context: Context) -> Rewritten:
    """A cursor with a quote in it is an internal error."""
    odd = "'" in str(params_of(context.request).get("cursor"))
    return with_error(message, -32603) if odd and "error" in message else message


def _is_of_resources(message: Any) -> bool:
    """Whether a request brings a cursor of the list of resources to another list."""
    params = params_of(message)
    elsewhere = isinstance(message, dict) and message.get("method") != "resources/list"
    try:
        inner = base64.urlsafe_b64decode(str(params.get("cursor", "")) + "==")
    except ValueError:
        return False
    return elsewhere and inner.partition(b"@")[0].endswith(b"resources")


@answers("pagination/serves-cursor-of-another-list", "feature")
def _takes_any_cursor(message: Any, _: Context) -> Reply:
    """Cursors of the list of resources lead to a page of every other list."""
    if not _is_of_resources(message):
        return PASS
    params = {name: value for name, value in params_of(message).items() if name != "cursor"}
    return Forward({**message, "params": params})


@rewrites("pagination/serves-cursor-of-another-list", "feature")
def _serves_the_rest(message: Json, context: Context) -> Rewritten:
    """Cursors of the list of resources lead to a page of every other list."""
    if not _is_of_resources(context.request) or not isinstance(message.get("result"), dict):
        return message
    result = message["result"]
    return {**message, "result": {name: one[1:] if isinstance(one, list) else one for name, one in result.items()}}


serves_cursor_of_another_list = both(_takes_any_cursor, _serves_the_rest)
