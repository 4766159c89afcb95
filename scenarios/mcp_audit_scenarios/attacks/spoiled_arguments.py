"""Tools called with arguments that their schemas exclude: of another type, out of bounds, or not declared at all."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import callable_tool, scenario
from mcp_audit_harness.model import Exchange, Impact, JsonObject
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from ..schemas import misfit
from .occasions import newest_only
from .tries import PATIENCE_S, is_slow, succeeded

_MOST, _MOST_INTRUSIVE, _MOST_FAILING = 8, 60, 3
_WORD = "mcp-audit"
_SWITCHES: Final[JsonObject] = {
    "debug": True,
    "verbose": True,
    "admin": True,
    "is_admin": True,
    "force": True,
    "user_id": "1",
    "role": "admin",
    "limit": 1,
    "fields": "*",
}
"""Names that handlers of other tools give a meaning to."""


@dataclass(frozen=True, slots=True)
class Abuse:
    """One tool with one spoiling of its arguments."""

    subject: str
    kind: str
    how: str
    exchange: Exchange
    mark: str = ""
    """A random value of a member that is not declared."""
    again: Exchange | None = None
    """The same once more, where the answer differed from the plain ones."""


@dataclass(frozen=True, slots=True)
class Abused:
    """One tool: called plainly twice, and with spoiled arguments."""

    subject: str
    control: Exchange
    control_again: Exchange
    closed: bool
    """Whether the schema forbids members that it does not declare."""
    abuses: tuple[Abuse, ...]


@dataclass(frozen=True, slots=True)
class AllAbused:
    """Every tool that was tried."""

    tools: tuple[Abused, ...]


CONSTRAINT, TYPE, UNDECLARED = "constraint", "type", "undeclared"


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=60.0, thorough=True)
async def abused(probe: Probe) -> AllAbused:
    found: list[Abused] = []
    failing = 0
    for tool in probe.callable_tools():
        schema = tool.get("inputSchema")
        plain = valid_arguments(schema)
        control = await _call(probe, tool, plain)
        if is_slow(control):
            continue
        if not succeeded(control):
            failing += 1
            if failing > _MOST_FAILING:
                continue
        found.append(await _abuse(probe, tool, plain, control))
        if len(found) == (_MOST_INTRUSIVE if probe.consent.intrusive else _MOST):
            break
    return AllAbused(tuple(found))


async def _abuse(probe: Probe, tool: JsonObject, plain: JsonObject, control: Exchange) -> Abused:
    schema: JsonObject = tool["inputSchema"] if isinstance(tool.get("inputSchema"), dict) else {}
    subject = f"tool:{tool['name']}"
    abuses: list[Abuse] = []
    for kind, how, arguments in [*_out_of_bounds(schema, plain), *_of_other_types(schema, plain)]:
        abuses.append(Abuse(subject, kind, how, await _call(probe, tool, arguments)))
    for arguments in at_the_edge(schema, plain) if _only_reads(tool) else ():
        await _call(probe, tool, arguments)
    again = await _call(probe, tool, plain)
    mark = f"zq{probe.rng.randrange(10**6, 10**7)}"
    undeclared = {name: value for name, value in _SWITCHES.items() if name not in _declared(schema)}
    more = {**plain, **undeclared, "x_mcp_audit": mark}
    answer = await _call(probe, tool, more)
    differs = succeeded(answer) and same(answer) != same(control) and same(again) == same(control)
    second = await _call(probe, tool, more) if differs else None
    abuses.append(Abuse(subject, UNDECLARED, "members that are not declared", answer, mark, second))
    return Abused(subject, control, again, schema.get("additionalProperties") is False, tuple(abuses))


async def _call(probe: Probe, tool: JsonObject, arguments: JsonObject) -> Exchange:
    params = {"name": tool["name"], "arguments": arguments}
    return await probe.request("tools/call", params, timeout=PATIENCE_S)


def at_the_edge(schema: JsonObject, plain: JsonObject) -> Iterator[JsonObject]:
    """Yield arguments that the schema allows, and that handlers forget: every number zero, every text empty.

    No check judges them by themselves; what a server says when it stumbles is looked at with all its other answers.
    """
    numbers = {
        name: 0 for name, value in plain.items() if isinstance(value, int | float) and value and value is not True
    }
    texts = {name: "" for name, value in plain.items() if isinstance(value, str) and value}
    for changed in (numbers, texts):
        arguments = {**plain, **changed}
        if changed and not misfit(schema, arguments):
            yield arguments


def _only_reads(tool: JsonObject) -> bool:
    """Whether a tool says so: what an empty path means to one that deletes is not found out by trying."""
    hints = tool.get("annotations")
    return isinstance(hints, dict) and hints.get("readOnlyHint") is True and hints.get("destructiveHint") is not True


def _declared(schema: JsonObject) -> JsonObject:
    properties: Any = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _out_of_bounds(schema: JsonObject, plain: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    """Yield at most one value of the right type for each bound of each argument that the whole schema excludes."""
    for name, field in _declared(schema).items():
        if not isinstance(field, dict):
            continue
        for word, spoil in _BOUNDS.items():
            if word in field and (value := spoil(field)) is not None:
                arguments = {**plain, name: value}
                if misfit(schema, arguments):
                    yield CONSTRAINT, f"{name[:40]!r} against its {word}", arguments
                    break


def _number(field: JsonObject, word: str, step: int) -> Any:
    bound = field[word]
    return bound + step if isinstance(bound, int | float) and not isinstance(bound, bool) else None


_BOUNDS: Final[dict[str, Callable[[JsonObject], Any]]] = {
    "enum": lambda field: _WORD if field.get("type", "string") == "string" else None,
    "const": lambda field: _WORD if isinstance(field["const"], str) else None,
    "pattern": lambda _: f"\u2603 {_WORD} \u2603",
    "minimum": lambda field: _number(field, "minimum", -1),
    "maximum": lambda field: _number(field, "maximum", 1),
    "maxItems": lambda field: [_WORD] * (field["maxItems"] + 1) if field["maxItems"] in range(100) else None,
}


def _of_other_types(schema: JsonObject, plain: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    """Yield the first text or number of a tool as a list, an object, a switch, nothing, and text."""
    for name, field in _declared(schema).items():
        if isinstance(field, dict) and field.get("type") in {"string", "integer", "number"}:
            for how, value in (
                ("a list", [_WORD]),
                ("an object", {_WORD: {_WORD: _WORD}}),
                ("a switch", True),
                ("null", None),
                ("a number in words", "NaN"),
            ):
                yield TYPE, f"{how} for {name[:40]!r}", {**plain, name: value}
            return


def same(exchange: Exchange) -> str:
    """Return what a tool answered, to be compared."""
    result = exchange.result or {}
    return json.dumps([result.get("isError") is True, result.get("content"), result.get("structuredContent")])
