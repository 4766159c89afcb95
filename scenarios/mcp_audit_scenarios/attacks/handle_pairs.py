"""Tools that go together: one makes something and gives out a handle, the other takes it.

What is a handle is found by what tools offer: an argument that one tool requires, and of which another tool's result
holds the value. The proof is a text that the owner put there, and that nobody else ever sent.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.model import Exchange, JsonObject, Verdict, not_applicable
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments

NONE = "no tool gives out a handle that another one takes"
_ENDS = ("id", "handle", "token", "key", "ref", "cursor", "session")
_SUITS = ("id", "handle", "key", "token", "ref")
_MAKING = frozenset(
    {"create", "new", "start", "open", "add", "make", "begin", "keep", "store", "save", "put", "submit"}
)
_MOST_MAKERS, _MOST_FOR_HANDLE, _MOST_TAKEN = 8, 3, 8
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Pair:
    """A tool that makes something, one that takes its handle, and where a text can be put into it."""

    maker: JsonObject
    taker: JsonObject
    handle: str
    """The argument that takes the handle."""
    text: str
    """An argument of the maker that takes any text."""

    def made(self, marker: str) -> JsonObject:
        """Return the params of the call that makes something."""
        given = {**valid_arguments(self.maker.get("inputSchema")), self.text: marker}
        return {"name": self.maker.get("name"), "arguments": given}

    def taken(self, handle: Any) -> JsonObject:
        """Return the params of the call that asks for it."""
        given = {**valid_arguments(self.taker.get("inputSchema")), self.handle: handle}
        return {"name": self.taker.get("name"), "arguments": given}


def pairs(probe: Probe) -> Iterator[Pair]:
    """Yield tools that may be called and that go together, by the names of their arguments."""
    tools = probe.callable_tools()
    for taker in tools:
        handle = next((name for name in _required(taker) if _names_handle(name)), None)
        if handle is None:
            continue
        for maker in tools:
            text = next((name for name in _texts(maker) if not _names_handle(name)), None)
            if maker is taker or text is None or handle in _properties(maker):
                continue
            pair = Pair(maker, taker, handle, text)
            if _likelihood(pair):
                yield pair


def _likelihood(pair: Pair) -> int:
    """Return how much speaks for it that the one tool gives out what the other takes."""
    output = pair.maker.get("outputSchema")
    given = output.get("properties") if isinstance(output, dict) else None
    named = set(_words(str(pair.maker.get("name", ""))))
    about = set(_words(pair.handle)) - set(_ENDS)
    says_so = isinstance(given, dict) and pair.handle in given
    return 4 * says_so + 2 * bool(about & named) + bool(named & _MAKING)


def _words(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", " ", name).lower().split()


def _properties(tool: JsonObject) -> JsonObject:
    schema = tool.get("inputSchema")
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def _required(tool: JsonObject) -> list[str]:
    schema = tool.get("inputSchema")
    found = schema.get("required") if isinstance(schema, dict) else None
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _names_handle(name: str) -> bool:
    words = _words(name)
    return bool(words) and words[-1] in _ENDS


def _texts(tool: JsonObject) -> Iterator[str]:
    """Yield arguments that take any text."""
    bound = {"enum", "const", "format", "pattern"}
    for name, inner in _properties(tool).items():
        if isinstance(inner, dict) and inner.get("type") == "string" and not bound & inner.keys():
            yield name


def handle_in(exchange: Exchange, name: str) -> Any:
    """Return the handle in a result: the member of that name, or the only one that is called like one."""
    result = exchange.result or {}
    if result.get("isError") is True:
        return None
    found = result.get("structuredContent")
    if not isinstance(found, dict):
        found = next((value for value in _parsed(result.get("content"))), {})
    if isinstance(found.get(name), str | int):
        return found[name]
    plain = [value for key, value in found.items() if key.lower() in _SUITS and isinstance(value, str | int)]
    return plain[0] if len(plain) == 1 else None


def _parsed(content: Any) -> Iterator[JsonObject]:
    for item in content if isinstance(content, list) else ():
        text = item.get("text") if isinstance(item, dict) else None
        try:
            value = json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


async def found_pair(probe: Probe, marker: str) -> tuple[Pair, Exchange, Exchange, Any]:
    """Return tools that go together, how something was made and asked for by its owner, and its handle.

    Raises:
        Unobservable: if nothing that was made could be asked for again.
    """
    made_by: dict[str, Exchange] = {}
    for_handle: list[str] = []
    tried: list[Exchange] = []
    for pair in sorted(pairs(probe), key=_likelihood, reverse=True):
        name = str(pair.maker.get("name"))
        if name not in made_by:
            if len(made_by) == _MOST_MAKERS or for_handle.count(pair.handle) == _MOST_FOR_HANDLE:
                continue
            for_handle.append(pair.handle)
            made_by[name] = await probe.request("tools/call", pair.made(marker), timeout=PATIENCE_S)
        made = made_by[name]
        handle = handle_in(made, pair.handle)
        if handle is not None and len(tried) < _MOST_TAKEN:
            tried.append(await probe.request("tools/call", pair.taken(handle), timeout=PATIENCE_S))
            if shows(tried[-1], marker):
                return pair, made, tried[-1], handle
    raise Unobservable("nothing that a tool made could be asked for by its handle", *[*made_by.values(), *tried][:3])


def shows(exchange: Exchange, marker: str) -> bool:
    """Whether a tool's result holds the text; what was sent does not."""
    result = exchange.result or {}
    return result.get("isError") is not True and marker in json.dumps(result) and marker not in exchange.sent.body


def has_pair(probe: Probe) -> Verdict | None:
    """Need tools that may be called and that go together."""
    return None if next(pairs(probe), None) is not None else not_applicable(NONE)
