"""Parameters that clients mirror into headers: how schemas may annotate them (2026-07-28, server/tools#x-mcp-header).

Clients drop a tool whose annotation breaks these rules, so that the tool is as good as not there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Bench, Verdicts, capability, check, feature, listed, scenario
from mcp_audit_harness.model import (
    STATELESS,
    Category,
    Effort,
    Exchange,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    failed,
    implemented,
    missing,
    not_applicable,
    not_observed,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe

from ..annotations import Annotation, annotations_of

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PRIMITIVES = frozenset({"string", "integer", "boolean"})
_SAFE = 2**53 - 1
_SECRET = re.compile(
    r"passw(or)?d|passphrase|secret|api.?key|access.?token|auth.?token|credential|private.?key", re.IGNORECASE
)
_MAX_PAGES = 20
_MAX_SUBJECTS = 5
_NONE = "no listed tool has a parameter with x-mcp-header"


@dataclass(frozen=True, slots=True)
class ListedSchemas:
    """The pages of the list of tools."""

    pages: tuple[Exchange, ...]

    def annotated(self) -> Iterator[tuple[str, list[Annotation], Exchange]]:
        """Yield every tool with annotations: how findings name it, the annotations, and the page it stands on."""
        for page in self.pages:
            tools = (page.result or {}).get("tools")
            for tool in tools if isinstance(tools, list) else ():
                found = list(annotations_of(tool.get("inputSchema"))) if isinstance(tool, dict) else []
                if found:
                    yield f"tool:{tool.get('name')}", found, page


@scenario(spec=STATELESS, needs=(capability("tools"), listed("tools")), bench=Bench.DIAGNOSTICS)
async def listed_schemas(probe: Probe) -> ListedSchemas:
    pages = [await probe.request("tools/list")]
    while len(pages) < _MAX_PAGES:
        cursor = (pages[-1].result or {}).get("nextCursor")
        if not isinstance(cursor, str):
            break
        pages.append(await probe.request("tools/list", {"cursor": cursor}))
    return ListedSchemas(tuple(pages))


def _each(seen: ListedSchemas, wrong: Callable[[Annotation], str]) -> Verdicts:
    """Fail once for each tool with an annotation that is `wrong` (a sentence)."""
    tools = list(seen.annotated())
    failures = [
        failed(flaws[0], page, subject=subject)
        for subject, found, page in tools
        if (flaws := [flaw for annotation in found if (flaw := wrong(annotation))])
    ]
    return failures[:_MAX_SUBJECTS] or _passed(seen)


def _passed(seen: ListedSchemas) -> Verdicts:
    if not any(page.ok for page in seen.pages):
        return not_observed("tools/list gave no list", *seen.pages)
    pages = [page for _, _, page in seen.annotated()]
    return passed(*pages) if pages else not_applicable(_NONE, *seen.pages)


@check(
    listed_schemas,
    id="headers/parameter-name-is-no-token",
    title="x-mcp-header is no name that a header can have",
    requirements=("tools/x-mcp-header-token", "tools/x-mcp-header-not-empty", "tools/x-mcp-header-no-control"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Use letters, digits and hyphens for the value of x-mcp-header.",
)
def parameter_name_is_no_token(seen: ListedSchemas) -> Verdicts:
    """A header of that name cannot be sent; with a line break in it, it would be two headers."""

    def wrong(annotation: Annotation) -> str:
        name = annotation.token
        if not isinstance(name, str):
            return f"the x-mcp-header of {annotation.where} is no text"
        if not name:
            return f"the x-mcp-header of {annotation.where} is empty"
        if _CONTROL.search(name):
            return f"the x-mcp-header of {annotation.where} has control characters"
        return "" if _TOKEN.fullmatch(name) else f"the x-mcp-header of {annotation.where} is {name[:60]!r}, no token"

    return _each(seen, wrong)


@check(
    listed_schemas,
    id="headers/parameter-name-used-twice",
    title="Two parameters of a tool are mirrored into one header",
    requirements=("tools/x-mcp-header-unique",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Give each parameter a header of its own; the case of letters makes no difference.",
)
def parameter_name_used_twice(seen: ListedSchemas) -> Verdicts:
    """Gateway and server may read different ones of two values in one header."""
    failures = []
    for subject, found, page in seen.annotated():
        names = [annotation.token.lower() for annotation in found if isinstance(annotation.token, str)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            failures.append(failed(f"x-mcp-header {twice[:60]!r} is there twice", page, subject=subject))
    return failures[:_MAX_SUBJECTS] or _passed(seen)


@check(
    listed_schemas,
    id="headers/parameter-of-no-plain-type",
    title="Mirrored parameter is neither text, integer nor boolean",
    requirements=("tools/x-mcp-header-primitive",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Annotate parameters of the types string, integer and boolean alone.",
)
def parameter_of_no_plain_type(seen: ListedSchemas) -> Verdicts:
    """An object, or a number with a fraction, has no one spelling that both sides of a comparison would choose."""

    def wrong(annotation: Annotation) -> str:
        kind = annotation.schema.get("type")
        plain = isinstance(kind, str) and kind in _PRIMITIVES
        return "" if plain else f"{annotation.where} has x-mcp-header and the type {str(kind)[:60]}"

    return _each(seen, wrong)


@check(
    listed_schemas,
    id="headers/parameter-out-of-reach",
    title="Mirrored parameter is not reached by properties alone",
    requirements=("tools/x-mcp-header-static-path", "streamable-http/x-mcp-header-static-path-must-not"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Annotate only what stands under properties, below no items, $defs or conditions.",
)
def parameter_out_of_reach(seen: ListedSchemas) -> Verdicts:
    """A client that would have to evaluate the schema to know where the value lies leaves the tool out instead."""

    def wrong(annotation: Annotation) -> str:
        return "" if annotation.static else f"the x-mcp-header at {annotation.where} is not reached by properties alone"

    return _each(seen, wrong)


@check(
    listed_schemas,
    id="headers/parameter-beyond-safe-integers",
    title="Mirrored integer may be larger than every client can tell apart",
    requirements=("tools/x-mcp-header-safe-integer",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Bound mirrored integers to ±9007199254740991, or mirror them as texts.",
)
def parameter_beyond_safe_integers(seen: ListedSchemas) -> Verdicts:
    """Beyond 2^53 a client in JavaScript sends another number in the header than in the body, and is refused."""

    def wrong(annotation: Annotation) -> str:
        beyond = [value for value in _bounds(annotation.schema) if abs(value) > _SAFE]
        return f"{annotation.where} allows {beyond[0]}, which is no safe integer" if beyond else ""

    return _each(seen, wrong)


def _bounds(schema: JsonObject) -> Iterator[int | float]:
    if schema.get("type") != "integer":
        return
    choices = schema.get("enum")
    limits: list[Any] = [schema.get(name) for name in ("minimum", "maximum", "const", "default")]
    for value in (*limits, *(choices if isinstance(choices, list) else ())):
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value


@check(
    listed_schemas,
    id="headers/mirrors-secret-parameter",
    title="Parameter that looks like a secret is mirrored into a header",
    requirements=("tools/no-sensitive-x-mcp-header",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Take x-mcp-header from parameters that hold passwords, keys or tokens.",
    references=("https://cwe.mitre.org/data/definitions/532.html",),
)
def mirrors_secret_parameter(seen: ListedSchemas) -> Verdicts:
    """Headers are logged by proxies and gateways that never look at a body."""

    def wrong(annotation: Annotation) -> str:
        return f"{annotation.where} is mirrored" if _SECRET.search(f"{annotation.where} {annotation.token}") else ""

    return _each(seen, wrong)


@feature(
    listed_schemas,
    id="headers/mirrored-parameters",
    title="Parameters of tools in headers",
    since="2026-07-28",
    page="server/tools#x-mcp-header",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Annotate parameters by which gateways route, such as a region, with x-mcp-header.",
    requirements=("tools/x-mcp-header-allowed",),
)
def mirrored_parameters(seen: ListedSchemas) -> Sighting:
    """Gateways can route and limit by a parameter without reading the body."""
    tools = list(seen.annotated())
    if tools:
        return implemented(f"{tools[0][0]} has mirrored parameters", *(page for _, _, page in tools[:_MAX_SUBJECTS]))
    pages = [page for page in seen.pages if page.ok]
    return missing(_NONE, *pages) if pages else unseen("tools/list gave no list")
