"""Tools that read schemas of their callers: what they make of dialects, references and depth (page `basic`).

Such a tool takes an object named `schema`; nothing else in the protocol tells it. No schema here names an address that
anything could be fetched from.
"""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Outcome,
    Severity,
    failed,
    not_applicable,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments

_NAMES = ("schema", "json_schema", "jsonSchema")
_UNKNOWN_DIALECT = "https://mcp-audit.invalid/dialect"
_NOWHERE = "urn:mcp-audit:nowhere"
_DEPTH = 400
_PATIENCE_S = 5.0
NO_READER = "no tool that may be called takes a schema (an object named schema)"


@dataclass(frozen=True, slots=True)
class Reading:
    """One tool that reads a schema, given a plain one and three that it should not simply accept."""

    tool: str
    control: Exchange
    dialect: Exchange
    reference: Exchange
    depth: Exchange
    afterwards: Exchange
    """The plain one once more."""

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool}"


@dataclass(frozen=True, slots=True)
class SchemaReaders:
    """The first tool that reads schemas and accepts a plain one; none where there is no such tool."""

    found: Reading | None


@scenario(
    spec=since("2025-11-25"),
    impact=Impact.PROBING,
    needs=(callable_tool,),
    timeout_s=40.0,
    bench=Bench.DIAGNOSTICS,
)
async def schema_readers(probe: Probe) -> SchemaReaders:
    for tool in probe.callable_tools():
        member = schema_member(tool)
        if member is None:
            continue
        control = await read_schema(probe, tool, member, {"type": "object"})
        if _accepted(control):
            return SchemaReaders(
                Reading(
                    tool=str(tool["name"]),
                    control=control,
                    dialect=await read_schema(probe, tool, member, {"$schema": _UNKNOWN_DIALECT, "type": "object"}),
                    reference=await read_schema(probe, tool, member, {"$ref": _NOWHERE}),
                    depth=await read_schema(probe, tool, member, _nested(_DEPTH)),
                    afterwards=await read_schema(probe, tool, member, {"type": "object"}),
                )
            )
    return SchemaReaders(None)


def schema_member(tool: JsonObject) -> str | None:
    schema = tool.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return None
    takes = [name for name in _NAMES if isinstance(inner := properties.get(name), dict) and _is_object(inner)]
    return takes[0] if takes else None


def _is_object(inner: JsonObject) -> bool:
    return inner.get("type") == "object"


def _nested(depth: int) -> JsonObject:
    schema: JsonObject = {"type": "object"}
    for _ in range(depth):
        schema = {"not": schema}
    return schema


async def read_schema(probe: Probe, tool: JsonObject, member: str, schema: JsonObject) -> Exchange:
    arguments = {**valid_arguments(tool.get("inputSchema")), member: schema}
    return await probe.request("tools/call", {"name": tool["name"], "arguments": arguments}, timeout=_PATIENCE_S)


def _accepted(exchange: Exchange) -> bool:
    return exchange.result is not None and exchange.result.get("isError") is not True


@check(
    schema_readers,
    id="schemas/guesses-unknown-dialect",
    title="A schema of an unknown dialect is read as if it were known",
    requirements=("basic/unsupported-dialect-error",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Look at $schema before you read a schema, and refuse dialects that you do not know with an error.",
)
def guesses_unknown_dialect(seen: SchemaReaders) -> Verdicts:
    """Key words mean different things in different dialects. Who guesses says that a value fits a schema that it does
    not fit.
    """
    if seen.found is None:
        return not_applicable(NO_READER)
    message = f"A schema of the dialect {_UNKNOWN_DIALECT} was read."
    return _refused(seen.found, seen.found.dialect, message)


@check(
    schema_readers,
    id="schemas/passes-unresolved-reference",
    title="A reference that leads nowhere counts as a schema that everything fits",
    requirements=("basic/unresolved-ref-rejected",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer with an error where a $ref cannot be resolved within the schema; fetch nothing.",
)
def passes_unresolved_reference(seen: SchemaReaders) -> Verdicts:
    """A validator that drops what it cannot resolve lets every value pass."""
    if seen.found is None:
        return not_applicable(NO_READER)
    return _refused(seen.found, seen.found.reference, f"A schema that is but a reference to {_NOWHERE} was read.")


@check(
    schema_readers,
    id="schemas/reads-without-bound",
    title="A schema may be as deep as its sender likes",
    requirements=("basic/schema-bounds",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Bound the depth, the number of subschemas and the time of validation, and refuse what goes beyond.",
    references=("https://cwe.mitre.org/data/definitions/674.html",),
)
def reads_without_bound(seen: SchemaReaders) -> Verdicts:
    """Validators recurse. A schema of some kilobytes can exhaust the stack, or the patience of everybody else."""
    if seen.found is None:
        return not_applicable(NO_READER)
    found = seen.found
    if not _accepted(found.afterwards):
        evidence = (found.depth, found.afterwards, found.control)
        if found.depth.outcome is Outcome.SILENT:
            return not_observed("no answer came in time, nor to the request after it", *evidence)
        message = f"After a schema of {_DEPTH} levels the tool no longer reads a plain one."
        return failed(message, *evidence, subject=found.subject)
    return _refused(found, found.depth, f"A schema of {_DEPTH} levels was read.")


def _refused(found: Reading, exchange: Exchange, message: str) -> Verdicts:
    if _accepted(exchange):
        return failed(message, exchange, found.control, subject=found.subject)
    if not exchange.answered:
        return not_observed("no answer came in time", exchange, found.control)
    return passed(exchange, found.control)
