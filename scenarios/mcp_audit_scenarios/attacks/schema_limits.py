"""Schemas that cost whoever compiles them, or that let anything in: cycles, explosions, slow patterns, no limits."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, JsonObject, Severity, failed

from ..conformance.inventory import Item
from .definitions import Definitions, clean, definitions, spread
from .spoken import shown_text

_MEMBERS: Final = ("inputSchema", "outputSchema")
_MOST_SCHEMAS, _MOST_DEPTH, _MOST_WAYS, _MOST_BYTES = 10_000, 64, 1_000_000, 1_000_000
_ONE: Final = frozenset(
    {
        *("additionalProperties", "contains", "items", "propertyNames", "unevaluatedItems", "unevaluatedProperties"),
        *("if", "then", "else", "not"),
    }
)
_SEVERAL: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
_NAMED: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
_IN_PLACE: Final = frozenset({"allOf", "anyOf", "oneOf"})
_IN_PLACE_ONE: Final = frozenset({"not", "if", "then", "else"})
_RISKY: Final = re.compile(r"(?:\w+_)?(?:command|cmd|shell|script|sql|path|filename|file_path|url)", re.IGNORECASE)
_LIMITS: Final = frozenset({"maxLength", "pattern", "enum", "const", "format", "$ref"})
_SLOW: Final = re.compile(
    r"\((?:\?:)?(?:\\?[^\\()\[\]|]|\\[wdsWDS]|\[[^\]]+\]|\.)[+*]\)[+*{]|\((?:\?:)?(?:\.|\\w|\\S)[+*]\|[^()]*\)[+*{]"
)


def patterns(schema: Any) -> Iterator[str]:
    """Yield every pattern in a schema."""
    for found in _inside(schema):
        if isinstance(found.get("pattern"), str):
            yield found["pattern"]
        named = found.get("patternProperties")
        yield from named if isinstance(named, dict) else ()


def _inside(schema: Any) -> Iterator[JsonObject]:
    """Yield the schema and every schema written inside it."""
    waiting: list[Any] = [schema]
    count = 0
    while waiting and count <= _MOST_SCHEMAS:
        found = waiting.pop()
        if isinstance(found, dict):
            count += 1
            yield found
            waiting.extend(inner for _, inner in _children(found))
            for word in ("$defs", "definitions"):
                waiting.extend(found[word].values() if isinstance(found.get(word), dict) else ())


def _children(schema: JsonObject) -> Iterator[tuple[bool, Any]]:
    """Yield the schemas that a schema applies, and whether to the value itself, not to a part of it."""
    for word, value in schema.items():
        if word in _SEVERAL and isinstance(value, list):
            yield from ((word in _IN_PLACE, inner) for inner in value)
        elif word in _NAMED and isinstance(value, dict):
            yield from ((word == "dependentSchemas", inner) for inner in value.values())
        elif word in _ONE:
            yield word in _IN_PLACE_ONE, value


def excess(schema: JsonObject) -> str:
    """Return by what a schema goes beyond what can be compiled and matched in bounded time; empty if it does not."""
    size = len(json.dumps(schema))
    if size > _MOST_BYTES:
        return f"it has {size} bytes"
    schemas = list(_inside(schema))
    if len(schemas) > _MOST_SCHEMAS:
        return f"it holds more than {_MOST_SCHEMAS} schemas"
    known: dict[int, int] = {}
    return next((why for start in schemas if id(start) not in known and (why := _walk(schema, start, known))), "")


@dataclass(slots=True)
class _Visit:
    """A schema on the way, what it applies that is still to be visited, and the ways to leaves found so far."""

    schema: JsonObject
    rest: Iterator[JsonObject]
    ways: int = 0


def _walk(root: JsonObject, start: JsonObject, known: dict[int, int]) -> str:
    """Follow what applies to one value, references too: a way that comes back to itself never ends.

    Counts the ways to the leaves: twenty definitions that name the next one twice have a million.
    """
    trail = [_Visit(start, iter(_applied(root, start)))]
    open_ones = {id(start)}
    while trail:
        here = trail[-1]
        inner = next(here.rest, None)
        if inner is None:
            trail.pop()
            open_ones.discard(id(here.schema))
            known[id(here.schema)] = ways = max(here.ways, 1)
            if ways > _MOST_WAYS:
                return f"references multiply to more than {_MOST_WAYS} ways"
            if trail:
                trail[-1].ways += ways
        elif id(inner) in open_ones:
            return "a reference leads back to itself without taking anything of the value"
        elif id(inner) in known:
            here.ways += known[id(inner)]
        elif len(trail) > _MOST_DEPTH:
            return f"it is more than {_MOST_DEPTH} levels deep"
        else:
            open_ones.add(id(inner))
            trail.append(_Visit(inner, iter(_applied(root, inner))))
    return ""


def _applied(root: JsonObject, schema: JsonObject) -> list[JsonObject]:
    """Return the schemas that apply to the same value: combined ones, and the one that a reference names."""
    found = [inner for in_place, inner in _children(schema) if in_place and isinstance(inner, dict)]
    reference = schema.get("$ref")
    target = _resolved(root, reference) if isinstance(reference, str) else None
    return [*found, target] if target is not None else found


def _resolved(root: JsonObject, reference: str) -> JsonObject | None:
    """Return what a reference within the document names; None where it leads elsewhere."""
    if not reference.startswith("#"):
        return None
    found: Any = root
    for part in filter(None, reference[1:].split("/")):
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _schemas(seen: Definitions) -> Iterator[tuple[Item, str, JsonObject]]:
    for item in seen.items("tools"):
        for member in _MEMBERS:
            if isinstance(schema := item.value.get(member), dict):
                yield item, member, schema


@check(
    definitions,
    id="definitions/schema-without-bound",
    title="Schema of a tool takes its readers endless time, or room",
    requirements=("definitions/bounded-schemas",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Let references take a part of the value each time, and keep schemas small and flat.",
    references=("https://cwe.mitre.org/data/definitions/674.html",),
)
def schema_without_bound(seen: Definitions) -> Verdicts:
    """Clients compile schemas before anybody has seen them. One that refers to itself in place, or doubles at each
    reference, hangs the client, or every client of a gateway. Trees that refer to themselves for their members do not
    count: each round takes a part of the value.
    """
    failures = [
        failed(f"{member}: {why}", item.page, subject=item.subject)
        for item, member, schema in _schemas(seen)
        if (why := excess(schema))
    ]
    return spread(failures) or clean(seen)


@check(
    definitions,
    id="definitions/slow-pattern",
    title="Pattern in a schema takes exponential time",
    requirements=("definitions/bounded-schemas",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Write patterns in which no repeated group holds nothing but a repetition.",
    references=("https://cwe.mitre.org/data/definitions/1333.html", "CVE-2026-0621"),
)
def slow_pattern(seen: Definitions) -> Verdicts:
    """A repetition of a repetition, as in `(a+)+`, can be matched in so many ways that thirty letters take a day.
    Clients and the server itself match by it. Only that plain form is judged.
    """
    failures = [
        failed(f"{member} has the pattern '{shown_text(pattern, 80)}'", item.page, subject=item.subject)
        for item, member, schema in _schemas(seen)
        for pattern in patterns(schema)
        if _SLOW.search(pattern)
    ]
    return spread(failures) or clean(seen)


@check(
    definitions,
    id="definitions/unlimited-input",
    title="Parameter for a command, a query, a path or a URL has no limit",
    requirements=("definitions/bounded-inputs",),
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Give such parameters a maxLength, a pattern, a format or an enumeration.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def unlimited_input(seen: Definitions) -> Verdicts:
    """What the schema does not exclude the program has to. A limit of length alone takes away many an overlong path and
    most hidden payloads. One finding lists them all; it is advice, no flaw by itself.
    """
    free = [(item, name) for item in seen.items("tools") for name in _free(item.value.get("inputSchema"))]
    if not free:
        return clean(seen)
    names = ", ".join(f"{shown_text(item.name, 40)}.{shown_text(name, 40)}" for item, name in free[:5])
    return failed(f"{len(free)} without a limit, such as {names}", free[0][0].page, subject="list:tools")


def _free(schema: Any) -> Iterator[str]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, inner in (properties if isinstance(properties, dict) else {}).items():
        plain = isinstance(inner, dict) and inner.get("type") == "string" and not _LIMITS & inner.keys()
        if plain and _RISKY.fullmatch(name):
            yield name
