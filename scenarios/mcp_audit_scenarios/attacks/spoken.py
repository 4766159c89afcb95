"""Every text that a target says, with the place where it stands: what poisoning, hiding and forging are looked for in.

Strings are walked without recursion and within bounds: the target chose depth and number.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mcp_audit_harness.model import Exchange, JsonObject

from ..conformance.inventory import LISTS, Item

_MOST_TEXTS = 5000
_MOST_CHARACTERS = 2_000_000
_META_INFO = "io.modelcontextprotocol/serverInfo"
_SHORTEST_OWN = 4
_LONGEST_WORD = 40
_DATA = frozenset({"data", "blob"})
"""Members that hold base64."""


@dataclass(frozen=True, slots=True)
class Said:
    """One text, where it stands, and the exchange that shows it."""

    text: str
    place: str
    """The members that lead to it: `inputSchema/properties/path/description`."""
    subject: str
    """What says it: `tool:read_file`, `server`."""
    shown: Exchange

    @property
    def member(self) -> str:
        """The last member that leads to it."""
        return self.place.rpartition("/")[2]


def listed(pages: tuple[Exchange, ...]) -> list[Item]:
    """Return every different item of the lists; the same item on several pages once, changed ones each time."""
    found: dict[tuple[str, str], list[Item]] = {}
    for page in pages:
        kind = LISTS.get(page.sent.method or "", "")
        values = (page.result or {}).get(kind)
        for value in values if isinstance(values, list) else ():
            if not isinstance(value, dict):
                continue
            item = Item(kind, value, page)
            alike = found.setdefault((kind, item.name), [])
            if all(value != other.value for other in alike):
                alike.append(item)
    return [item for alike in found.values() for item in alike]


def introduced(openings: tuple[Exchange, ...]) -> Iterator[Said]:
    """Yield what the server says of itself: its info and its instructions."""
    for opening in openings:
        result = opening.result or {}
        info = info_of(result)
        for place, text in strings(info):
            yield Said(text, f"serverInfo/{place}", "server", opening)
        if isinstance(result.get("instructions"), str):
            yield Said(result["instructions"], "instructions", "server", opening)


def info_of(result: JsonObject) -> JsonObject:
    """Return what the server says that it is; in the stateless era that stands in the metadata."""
    meta = result.get("_meta")
    found = result.get("serverInfo", meta.get(_META_INFO) if isinstance(meta, dict) else None)
    return found if isinstance(found, dict) else {}


def defined(openings: tuple[Exchange, ...], pages: tuple[Exchange, ...]) -> list[Said]:
    """Return every text of the definitions, names of parameters among them."""
    texts = list(introduced(openings))
    for item in listed(pages):
        texts += [Said(text, place, item.subject, item.page) for place, text in strings(item.value)]
    return texts


def strings(value: Any, *, names: bool = True) -> Iterator[tuple[str, str]]:
    """Yield every string inside a JSON value with the members that lead to it.

    With `names`, those of members, too; and of all of them only what is more than a plain word: nothing hides in one.
    """
    waiting: list[tuple[str, Any]] = [("", value)]
    count = characters = 0
    while waiting and count < _MOST_TEXTS and characters < _MOST_CHARACTERS:
        place, found = waiting.pop()
        if isinstance(found, str):
            if names and _is_plain(found):
                continue
            count += 1
            characters += len(found)
            yield place, found
        elif isinstance(found, dict):
            if names:
                yield from ((f"{place}/{name}"[:200].lstrip("/"), name) for name in found if not _is_plain(name))
            members = [(name, inner) for name, inner in found.items() if name not in _DATA]
            waiting.extend((f"{place}/{name}"[:200].lstrip("/"), inner) for name, inner in reversed(members))
        elif isinstance(found, list):
            waiting.extend(
                (f"{place}/{index}"[:200].lstrip("/"), inner) for index, inner in reversed([*enumerate(found)])
            )


def _is_plain(name: str) -> bool:
    return name.isascii() and len(name) <= _LONGEST_WORD and name.replace("$", "_").isidentifier()


def returned(result: Exchange) -> list[Said]:
    """Return every text of a result or an error, without what the request itself said."""
    subject = subject_of(result)
    own = own_words(result)
    content = result.result if result.result is not None else result.error or {}
    plain = {name: inner for name, inner in content.items() if name != "_meta"}
    return [Said(without(text, own), place, subject, result) for place, text in strings(plain, names=False)]


def subject_of(result: Exchange) -> str:
    """Return what was asked for: `tool:NAME`, `prompt:NAME`, `resource:URI`."""
    params = params_of(result)
    kind = {"tools/call": "tool", "prompts/get": "prompt", "resources/read": "resource"}.get(result.sent.method or "")
    name = params.get("name", params.get("uri"))
    return f"{kind}:{name[:80]}" if kind and isinstance(name, str) else ""


def params_of(result: Exchange) -> JsonObject:
    """Return the parameters that were sent; empty where they cannot be read."""
    try:
        params = json.loads(result.sent.body)["params"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
    return params if isinstance(params, dict) else {}


def own_words(result: Exchange) -> list[str]:
    """Return what the request said, the longest first, in the forms in which an answer may repeat it."""
    words = {text for _, text in strings(params_of(result), names=False) if len(text) >= _SHORTEST_OWN}
    forms = {form for word in words for form in (word, quote(word, safe=""), json.dumps(word)[1:-1], repr(word)[1:-1])}
    return sorted(forms, key=len, reverse=True)


def without(text: str, own: list[str]) -> str:
    """Return a text with the request's own words taken out."""
    for word in own:
        if word in text:
            text = text.replace(word, " ")
    return text


def shown_text(text: str, most: int = 120) -> str:
    """Return a text for a message: control and invisible characters written out, cut to a length."""
    plain = "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text[: most + 1])
    return f"{plain[:most]}…" if len(plain) > most else plain
