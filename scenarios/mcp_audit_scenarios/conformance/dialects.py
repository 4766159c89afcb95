"""The dialect of the schemas that a server hands out: which one, and whether the server itself keeps to it.

From 2025-11-25 on schemas are JSON Schema 2020-12 unless they say otherwise (page `basic`, JSON Schema usage).
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Bench, Verdicts, callable_tool, check, feature, scenario
from mcp_audit_harness.model import (
    Category,
    Effort,
    Exchange,
    Impact,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    failed,
    implemented,
    missing,
    not_observed,
    partial,
    passed,
    since,
    unseen,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from ..schemas import misfit
from .inventory import Inventory, Item, inventory

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MEMBERS = ("inputSchema", "outputSchema")
_COMPOSING = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "dependentRequired", "dependentSchemas"})
_MOST_TOOLS, _MOST_CANDIDATES, _MOST_PROPERTIES, _MOST = 3, 64, 6, 5
_PATIENCE_S = 2.0
_NO_TOOL = "no tool that may be called has a schema with conditions; allow more with --call all or --tool NAME"


@dataclass(frozen=True, slots=True)
class Conditional:
    """A tool whose schema has conditions, called with arguments that meet them and with some that do not."""

    tool: str
    control: Exchange
    spoiled: Exchange
    why: str
    """What the schema says of the spoiled arguments."""

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool}"


@dataclass(frozen=True, slots=True)
class Conditionals:
    """Every tool of which arguments on both sides of a condition could be found."""

    calls: tuple[Conditional, ...]


@scenario(
    spec=since("2025-11-25"), impact=Impact.PROBING, needs=(callable_tool,), timeout_s=30.0, bench=Bench.DIAGNOSTICS
)
async def conditionals(probe: Probe) -> Conditionals:
    """Call tools with arguments whose members fit one by one, and together break a condition of the schema."""
    calls: list[Conditional] = []
    for tool in probe.callable_tools():
        pair = sides(tool.get("inputSchema"))
        if pair is None or len(calls) == _MOST_TOOLS:
            continue
        fitting, breaking, why = pair
        control, spoiled = await _call(probe, tool, fitting), await _call(probe, tool, breaking)
        calls.append(Conditional(str(tool["name"]), control, spoiled, why))
    return Conditionals(tuple(calls))


async def _call(probe: Probe, tool: JsonObject, arguments: JsonObject) -> Exchange:
    params = {"name": tool["name"], "arguments": arguments}
    return await probe.request("tools/call", params, timeout=_PATIENCE_S)


def sides(schema: Any) -> tuple[JsonObject, JsonObject, str] | None:
    """Return arguments that fit a schema, some that break nothing but a condition of it, and what they break.

    None where the schema has no conditions at its root, or no such arguments are found among a few plain ones.
    """
    if not isinstance(schema, dict) or not _COMPOSING & schema.keys():
        return None
    plain = {name: value for name, value in schema.items() if name not in _COMPOSING}
    fitting: JsonObject | None = None
    breaking: tuple[JsonObject, str] | None = None
    for arguments in itertools.islice(_candidates(schema), _MOST_CANDIDATES):
        if misfit(plain, arguments):
            continue
        why = misfit(schema, arguments)
        if not why:
            fitting = fitting or arguments
        elif breaking is None:
            breaking = (arguments, why)
        if fitting is not None and breaking is not None:
            return fitting, *breaking
    return None


def _candidates(schema: JsonObject) -> Iterator[JsonObject]:
    """Yield plain arguments: the required members with every choice of the optional ones, the fewest first."""
    base = valid_arguments(schema)
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    optional = [name for name in known if name not in base][:_MOST_PROPERTIES]
    every = valid_arguments({**schema, "required": [*base, *optional]})
    for count in range(len(optional) + 1):
        for chosen in itertools.combinations(optional, count):
            yield {**base, **{name: every[name] for name in chosen}}


@check(
    conditionals,
    id="basic/ignores-schema-conditions",
    title="Conditions of a tool's schema are not enforced",
    requirements=("basic/support-2020-12", "basic/validate-by-dialect"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    effort=Effort.MEDIUM,
    remediation="Validate arguments by the whole schema, not only by the types of its members.",
)
def ignores_schema_conditions(seen: Conditionals) -> Verdicts:
    """What only a condition excludes (one of two members, this one if that) is as invalid as a wrong type. A server
    that checks types alone runs tools on arguments that its own schema calls impossible.
    """
    looked = [call for call in seen.calls if _succeeded(call.control)]
    failures = [
        failed(
            f"A call succeeded whose arguments the schema refuses: {call.why}.",
            call.spoiled,
            call.control,
            subject=call.subject,
        )
        for call in looked
        if _succeeded(call.spoiled)
    ]
    if failures:
        return failures[:_MOST]
    answered = [exchange for call in looked if call.spoiled.answered for exchange in (call.spoiled, call.control)]
    if answered:
        return passed(*answered)
    return not_observed("no call with conditions met succeeded" if seen.calls else _NO_TOOL)


def _succeeded(exchange: Exchange) -> bool:
    result = exchange.result
    return result is not None and result.get("isError") is not True and "content" in result


@check(
    inventory,
    id="basic/schema-of-other-dialect",
    title="Schema is written in another dialect than 2020-12",
    requirements=("basic/recommend-2020-12",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Generate schemas for JSON Schema 2020-12, and leave $schema out or set it to that dialect.",
)
def schema_of_other_dialect(seen: Inventory) -> Verdicts:
    """Clients have to support 2020-12, and may refuse every other dialect: what they refuse they cannot call."""
    found = list(_schemas(seen))
    failures = [
        failed(f"{member} names the dialect {str(dialect)[:80]!r}.", item.page, subject=item.subject)
        for item, member, dialect in found
        if dialect is not None and not _is_2020_12(dialect)
    ]
    if failures:
        return failures[:_MOST]
    return passed(*(item.page for item, _, _ in found[:_MOST])) if found else not_observed("no schema was listed")


@feature(
    inventory,
    id="basic/schema-dialect",
    title="Schemas in JSON Schema 2020-12",
    since="2025-11-25",
    page="basic#json-schema-usage",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Generate schemas for JSON Schema 2020-12, the dialect that clients read when none is named.",
    requirements=("basic/explicit-dialect-allowed",),
)
def schema_dialect(seen: Inventory) -> Sighting:
    """One dialect that everybody supports: schemas need not say which one they are written in."""
    found = list(_schemas(seen))
    if not found:
        return unseen("no schema was listed")
    pages = [item.page for item, _, _ in found[:_MOST]]
    others = [dialect for _, _, dialect in found if dialect is not None and not _is_2020_12(dialect)]
    named = sum(dialect is not None for _, _, dialect in found)
    if not others:
        return implemented(f"{len(found)} schemas, of which {named} name the dialect", *pages)
    note = f"{len(others)} of {len(found)} schemas name another dialect, such as {str(others[0])[:80]}"
    return partial(note, *pages) if len(others) < len(found) else missing(note, *pages)


def _schemas(seen: Inventory) -> Iterator[tuple[Item, str, object]]:
    for item in seen.items("tools"):
        for member in _MEMBERS:
            schema = item.value.get(member)
            if isinstance(schema, dict):
                yield item, member, schema.get("$schema")


def _is_2020_12(dialect: object) -> bool:
    return isinstance(dialect, str) and dialect.strip().rstrip("#").replace("http://", "https://", 1) == _DIALECT
