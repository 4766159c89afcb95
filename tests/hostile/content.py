"""Servers whose words are the weapon: what terminals, browsers, Markdown, spreadsheets, parsers and validators obey."""

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from .honest import ECHO, STATELESS, Offering, answer
from .wire import Asked, Behaviour, Wire

CONTENT: dict[str, Behaviour] = {}

MARK: Final = "h0stile"
"""Stands in every hostile text, so that it is found again in a report."""
ESCAPES: Final = (
    f"{MARK}\x1b[2J\x1b]0;owned\x07\x1b]8;;http://{MARK}.example/\x1b\\click\x1b]52;c;ZXZpbA==\x07\x9b31m\x90q\x9c"
    "\r\n\x00\x07\x08\x7f\u202egnp.exe\u202c\u2066x\u2069\u200b\ufeff\u2028\U000e0041\U000e0042\ud800"
)
MARKUP: Final = (
    f"{MARK} <script>alert(1)</script><img src=x onerror=alert(1)><!-- --><details open ontoggle=alert(1)>"
    f" ![i](http://{MARK}.example/i?q=1) [l](javascript:alert(1)) [m](http://{MARK}.example/m) <http://{MARK}.example/a>"
    f" http://{MARK}.example/bare www.{MARK}.example root@{MARK}.example @someone #1 | a | b |\n\n# {MARK}\n\n```\n"
    f"</pre>\n- [ ] x\n~~~\n$$x$$ `c` ``` &lt;b&gt; \\\n[r]: http://{MARK}.example/r\n\n[r]\n==\n--\n<!--"
)
FORMULAE: Final = f"=cmd|'/c calc'!{MARK}\t@SUM(1)\n+{MARK}\n-{MARK}\n=HYPERLINK(\"http://{MARK}.example\")"


def hostile(name: str) -> Callable[[Behaviour], Behaviour]:
    """Register a server."""

    def registered(behaviour: Behaviour) -> Behaviour:
        CONTENT[name] = behaviour
        return behaviour

    return registered


def _speaking(text: str, revision: str = "2025-11-25") -> Offering:
    """Return an offering in which everything that is text is `text`."""
    schema = {"type": "object", "title": text, "properties": {text: {"type": "string", "description": text}}}
    notes = {"title": text, "description": text}
    return Offering(
        revision=revision,
        name=text,
        instructions=text,
        tools=(
            ECHO,
            {"name": text, **notes, "inputSchema": schema, "annotations": {"title": text, "readOnlyHint": True}},
            {"name": text[1:], **notes, "inputSchema": {"type": text}, "outputSchema": schema},
        ),
        resources=({"uri": text, "name": text, "mimeType": text, **notes}, {"uri": f"http://{text}/", "name": text}),
        templates=({"uriTemplate": f"{text}{{x}}", "name": text, **notes},),
        prompts=({"name": text, **notes, "arguments": [{"name": text, "description": text, "required": True}]},),
        text=text,
        extra={"_meta": {text: text}, text: text},
    )


def _say(name: str, text: str, revision: str = "2025-11-25") -> None:
    async def behaviour(asked: Asked, wire: Wire) -> None:
        printable = "".join(char for char in text if char not in "\r\n\0" and not "\ud800" <= char <= "\udfff")
        await wire.honest(asked, _speaking(text, revision), x_said=printable[:200], www_authenticate=printable[:200])

    CONTENT[name] = behaviour


_say("escapes", ESCAPES)
_say("escapes-stateless", ESCAPES, STATELESS)
_say("markup", MARKUP)
_say("formulae", FORMULAE)


@hostile("escapes-in-errors")
async def escapes_in_errors(asked: Asked, wire: Wire) -> None:
    if asked.method in {"initialize", "notifications/initialized", "tools/list", "ping"}:
        await wire.honest(asked, _speaking(ESCAPES))
        return
    error = {"code": -32000, "message": ESCAPES + MARKUP, "data": {"trace": ESCAPES}}
    reply = {"jsonrpc": "2.0", "id": asked.message.get("id"), "error": error, ESCAPES: MARKUP}
    await wire.json(reply, f"400 \x1b[2J{MARK}\x9b", content_type=f"application/json; \x1b[31m{MARK}")


@hostile("escapes-before-anything")
async def escapes_before_anything(_: Asked, wire: Wire) -> None:
    error = {"code": -32000, "message": ESCAPES + MARKUP}
    await wire.json({"jsonrpc": "2.0", "id": 1, "error": error}, f"503 \x1b[2J{MARK}")


@hostile("page-instead")
async def page_instead(_: Asked, wire: Wire) -> None:
    await wire.whole(
        f"<!doctype html><title>{ESCAPES}</title>{MARKUP}".encode("utf-8", "replace"), content_type="text/html"
    )


@hostile("cyclic-cursor")
async def cyclic_cursor(asked: Asked, wire: Wire) -> None:
    await wire.honest(asked, Offering(extra={"nextCursor": "again"}))


_CURSORS = itertools.count()


@hostile("endless-pages")
async def endless_pages(asked: Asked, wire: Wire) -> None:
    tools = tuple({**ECHO, "name": f"t{next(_CURSORS)}"} for _ in range(50))
    await wire.honest(asked, Offering(tools=tools, extra={"nextCursor": f"c{next(_CURSORS)}"}))


_TEN_THOUSAND: Final = tuple({**ECHO, "name": f"tool_{n}", "description": "d" * 100} for n in range(10_000))


@hostile("ten-thousand-tools")
async def ten_thousand_tools(asked: Asked, wire: Wire) -> None:
    await wire.honest(asked, Offering(tools=_TEN_THOUSAND))


@hostile("large-answers")
async def large_answers(asked: Asked, wire: Wire) -> None:
    await wire.honest(asked, Offering(text="large " * 1_000_000))


@hostile("many-members")
async def many_members(asked: Asked, wire: Wire) -> None:
    await wire.honest(asked, Offering(extra={f"m{n}": [{}] * 3 for n in range(50_000)}))


async def _spliced(asked: Asked, wire: Wire, value: bytes) -> None:
    """Answer honestly, but with `value` as one more member of the result."""
    if asked.verb != "POST" or "id" not in asked.message:
        await wire.honest(asked)
        return
    body = json.dumps(answer(asked.message, Offering(extra={"spliced": "HERE"}))).encode()
    await wire.whole(body.replace(b'"HERE"', value))


_later = {"initialize", "tools/list"}


@hostile("deep-json")
async def deep_json(asked: Asked, wire: Wire) -> None:
    depth = 50 if asked.method in _later else 200_000
    await _spliced(asked, wire, b'{"a":[' * depth + b"]}" * depth)


_NUMBERS = itertools.cycle([b"1e999", b"-1e999", b"9" * 5000, b"0." + b"1" * 100_000, b"NaN", b"1" * 4000, b"-0"])


@hostile("huge-numbers")
async def huge_numbers(asked: Asked, wire: Wire) -> None:
    await _spliced(asked, wire, b"1e999" if asked.method in _later else next(_NUMBERS))


@hostile("invalid-utf-8")
async def invalid_utf_8(asked: Asked, wire: Wire) -> None:
    await _spliced(asked, wire, b'"\xff\xfe\xc0\xaf\xed\xa0\x80\xf5\x9b2J"')


@hostile("duplicate-keys")
async def duplicate_keys(asked: Asked, wire: Wire) -> None:
    await _spliced(asked, wire, b'1, "spliced": 2, "spliced": 3' + b', "k": 1' * 20_000)


_CYCLE: Final = {
    "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
    "type": "object",
    "$ref": "#/$defs/a",
}
_TREE: Final = {
    "$defs": {
        "n": {"anyOf": [{"$ref": "#/$defs/n", "minLength": 1}, {"properties": {"x": {"$ref": "#/$defs/n"}}}]},
        "z0": {"type": "string"},
        **{f"z{n}": {"allOf": [{"$ref": f"#/$defs/z{n - 1}"}] * 8} for n in range(1, 24)},
    },
    "type": "object",
    "properties": {"x": {"$ref": "#/$defs/z23"}, "y": {"$ref": "#/$defs/n"}},
    "required": ["x", "y"],
}
_PATTERNS: Final = {
    "type": "object",
    "properties": {
        "a": {"type": "string", "pattern": "^(a+)+$", "minLength": 40},
        "b": {"type": "string", "pattern": "^(([a-z])+.)+[A-Z]([a-z])+$", "default": "a" * 60},
        "c": {"type": "string", "pattern": "(x{1,1000}){1,1000}", "examples": ["x" * 5000]},
        "d": {"type": "string", "pattern": "(?=(a+))a*b\\1(", "format": "\x1b"},
        "e": {"type": "string", "pattern": "^(?:.|\\s)*\\z" * 200, "minLength": 10**12, "maxLength": 10**15},
    },
    "patternProperties": {"^(a|aa)+$": {"type": "integer"}, "((": {}},
    "required": ["a", "b", "c", "d", "e"],
}
_SIZES: Final = {
    "type": "object",
    "properties": {
        "many": {"type": "array", "minItems": 10**9, "items": {"type": "array", "minItems": 10**9}},
        "number": {"type": "integer", "minimum": 10**400, "multipleOf": 1e-300},
        "wide": {"type": "object", "minProperties": 10**9},
        "enum": {"enum": list(range(100_000))},
        "long": {"type": "string", "minLength": 10**10},
    },
    "required": ["many", "number", "wide", "enum", "long"] + [f"r{n}" for n in range(5000)],
}


def _schemas(canary: str, metadata: str) -> list[dict[str, Any]]:
    here = [{"$ref": f"{canary}/schema.json"}, {"$ref": metadata}, {"$ref": "file:///etc/passwd"}]
    remote = [{"type": "object", "properties": {"r": ref}, "required": ["r"]} for ref in here]
    meta = [{"$schema": f"{canary}/dialect", "$id": f"{canary}/id", "type": "object"}, {"$dynamicRef": f"{canary}/d#m"}]
    deep: dict[str, Any] = {"type": "object"}
    for _ in range(20):
        deep = {"type": "object", "properties": {"d": deep}, "required": ["d"], "anyOf": [deep, {}]}
    return [_CYCLE, _TREE, _PATTERNS, _SIZES, *remote, *meta, {"type": ["object", "\x1b"], "properties": [1]}]


@hostile("schema-bombs")
async def schema_bombs(asked: Asked, wire: Wire) -> None:
    found = _schemas(wire.canary, wire.metadata)
    names = [{**ECHO, "name": f"bomb_{number}"} for number in range(len(found))]
    tools = [{**tool, "inputSchema": schema} for tool, schema in zip(names, found, strict=True)]
    tools += [{**ECHO, "name": f"out_{n}", "outputSchema": schema} for n, schema in enumerate(found)]
    structured = {"structuredContent": {"a": "a" * 50 + "!", "b": "a" * 60, "x": "x" * 50, "y": {"x": {}}}}
    await wire.honest(asked, Offering(tools=tuple(tools), extra=structured))


@hostile("wrong-types")
async def wrong_types(asked: Asked, wire: Wire) -> None:
    odd: list[Any] = [None, 1, "x", [], {}, [[[]]], {"name": 1}, {"name": {}, "inputSchema": "x"}, True, 1.5]
    offering = Offering(tools=(*odd, ECHO), resources=(*odd,), templates=(*odd,), prompts=(*odd,))
    await wire.honest(asked, replace(offering, extra={"nextCursor": {"a": []}, "content": odd, "messages": odd}))


@hostile("slow-tools")
async def slow_tools(asked: Asked, wire: Wire) -> None:
    if asked.method in {"tools/call", "resources/read", "prompts/get", "ping"}:
        await asyncio.sleep(3600)
    await wire.honest(asked)
