"""Patterns in schemas whose matching takes a time that doubles with each letter (ReDoS)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as codes
from re import _parser as parser
from typing import Any, Final

from mcp_audit_harness.declare import Verdicts, callable_tool, check, scenario
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
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from ..conformance.inventory import Inventory, inventory
from .occasions import newest_only

_REPEATS: Final = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT})
_MANY: Final = 10
_MAX_PATTERN, _MAX_PARTS = 2_000, 5_000
_LENGTHS: Final = (12, 16, 20, 24, 28)
_STOP_MS = 1_500.0
_GROWTH = 4.0
_PATIENCE_S = 6.0
_MOST = 3
_REFERENCES = ("https://cwe.mitre.org/data/definitions/1333.html",)
_RULES = ("schemas/linear-patterns",)


@dataclass(frozen=True, slots=True)
class Slow:
    """A pattern with a repetition of a repetition, and a letter that both take."""

    pattern: str
    letter: str


def slow(pattern: object) -> Slow | None:
    """Return what makes a pattern slow: a repetition without bound in another one, with nothing fixed beside it."""
    if not isinstance(pattern, str) or len(pattern) > _MAX_PATTERN:
        return None
    try:
        parsed = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    letter = _nested(parsed)
    return Slow(pattern, letter) if letter else None


def _nested(parsed: Any) -> str:
    """Return a letter of the inner of two repetitions; empty if there are none such."""
    for operation, argument in parsed:
        if operation in _REPEATS and argument[1] > _MANY and (letter := _alone(argument[2])):
            return letter
        for inner in _inside(argument):
            if letter := _nested(inner):
                return letter
    return ""


def _alone(parsed: Any) -> str:
    """Return a letter of a repetition that is all there is, or all of one branch, of what is repeated."""
    if len(parsed) != 1:
        return ""
    operation, argument = parsed[0]
    if operation in _REPEATS and argument[1] > _MANY:
        return _letter(argument[2])
    if operation is codes.SUBPATTERN:
        return _alone(argument[-1])
    if operation is codes.BRANCH:
        return next((letter for branch in argument[1] if (letter := _alone(branch))), "")
    return ""


def _letter(parsed: Any) -> str:
    """Return a letter that one part takes."""
    if len(parsed) != 1:
        return ""
    operation, argument = parsed[0]
    if operation is codes.LITERAL:
        return chr(argument)
    if operation is codes.ANY:
        return "a"
    if operation is codes.SUBPATTERN:
        return _letter(argument[-1])
    if operation is codes.IN:
        candidates = (letter for letter in "a0A _-." if re.fullmatch(_class_of(argument), letter))
        return next(candidates, "")
    return ""


def _class_of(items: Any) -> str:
    """Return a class of letters as text again, as far as schemas use them."""
    parts: list[str] = []
    for operation, argument in items:
        if operation is codes.NEGATE:
            parts.append("^")
        elif operation is codes.LITERAL:
            parts.append(re.escape(chr(argument)))
        elif operation is codes.RANGE:
            parts.append(f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}")
        elif operation is codes.CATEGORY:
            parts.append(_CATEGORIES.get(argument, ""))
    return f"[{''.join(parts)}]" if parts and parts != ["^"] else r"(?!)"


_CATEGORIES: Final = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_NOT_WORD: r"\W",
    codes.CATEGORY_NOT_SPACE: r"\S",
}


def _inside(argument: Any) -> Iterator[Any]:
    """Yield the patterns within the argument of an operation."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for item in argument:
            yield from _inside(item)


def patterns(schema: Any) -> Iterator[str]:
    """Yield every pattern in a schema, data left out."""
    waiting = [schema]
    for _ in range(_MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(part.get("pattern"), str):
                yield part["pattern"]
            named = part.get("patternProperties")
            yield from (name for name in (named if isinstance(named, dict) else {}))
            waiting += [value for word, value in part.items() if word not in {"default", "examples", "enum", "const"}]
        elif isinstance(part, list):
            waiting += part


@check(
    inventory,
    id="schemas/pattern-backtracks",
    title="Pattern in a schema repeats a repetition",
    requirements=_RULES,
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Write the pattern without a repetition within a repetition, and bound the length of the text.",
    references=_REFERENCES,
)
def pattern_backtracks(seen: Inventory) -> Verdicts:
    """Most engines try all the ways to share a text between two repetitions, and there are twice as many with each
    letter. One text of thirty letters then keeps a server, or the client that validates, busy for minutes. Likely:
    the pattern is read, not run.
    """
    failures, pages = [], []
    for item in seen.items("tools"):
        pages.append(item.page)
        found = [one for one in map(slow, patterns(item.value.get("inputSchema"))) if one is not None]
        if found:
            message = f"Likely slow: {found[0].pattern[:120]} repeats a repetition."
            failures.append(failed(message, item.page, subject=item.subject))
    answered = [page for page in pages if page.answered]
    return failures or (passed(*answered) if answered else not_applicable("the server lists no tools"))


def probable(pattern: object) -> Slow | None:
    """Return how to try a pattern: by what makes it slow, or else by a letter that some repetition in it takes."""
    if (found := slow(pattern)) is not None or not isinstance(pattern, str):
        return found
    return Slow(pattern, "0" if "0-9" in pattern or r"\d" in pattern else "a")


@dataclass(frozen=True, slots=True)
class Growing:
    """A tool with a pattern, called with texts of growing length that hardly miss it, and plainly afterwards."""

    subject: str
    pattern: str
    control: Exchange
    calls: tuple[Exchange, ...]
    afterwards: Exchange


@dataclass(frozen=True, slots=True)
class AllGrowing:
    """Every such tool that may be called."""

    tools: tuple[Growing, ...]


@scenario(needs=(callable_tool, newest_only), impact=Impact.INTRUSIVE, timeout_s=60.0, alone=True)
async def growing(probe: Probe) -> AllGrowing:
    found: list[Growing] = []
    for tool in probe.callable_tools():
        for name, field in _properties(tool).items():
            weak = probable(field.get("pattern")) if isinstance(field, dict) else None
            if weak is not None and len(found) < _MOST:
                found.append(await _grow(probe, tool, name, weak))
    return AllGrowing(tuple(found))


def _properties(tool: JsonObject) -> JsonObject:
    schema = tool.get("inputSchema")
    properties: Any = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


async def _grow(probe: Probe, tool: JsonObject, name: str, weak: Slow) -> Growing:
    """Stop at the first answer that takes long: one more letter would take twice as long."""
    plain = valid_arguments(tool.get("inputSchema"))

    async def call(value: str) -> Exchange:
        params = {"name": tool["name"], "arguments": {**plain, name: value}}
        return await probe.request("tools/call", params, timeout=_PATIENCE_S)

    control = await call("\u2603")
    calls: list[Exchange] = []
    for length in _LENGTHS:
        calls.append(await call(f"{weak.letter * length}\u2603"))
        if calls[-1].elapsed_ms > _STOP_MS or calls[-1].outcome is not Outcome.ANSWERED:
            break
    return Growing(f"tool:{tool['name']}", weak.pattern, control, tuple(calls), await call("\u2603"))


@check(
    growing,
    id="schemas/pattern-exhausts-server",
    title="Text that hardly misses a pattern keeps the server busy",
    requirements=_RULES,
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Match with an engine that takes linear time (RE2), or write the pattern without nested repetitions.",
    references=_REFERENCES,
)
def pattern_exhausts_server(seen: AllGrowing) -> Verdicts:
    """One request of some bytes occupies a worker for as long as its sender likes. The texts grow by four letters, and
    the time has to grow fourfold at least, twice in a row, to over a second; then it stops, and a plain call has to be
    quick again.
    """
    if not seen.tools:
        return not_applicable("no tool that may be called takes a text with a pattern")
    failures = []
    for one in seen.tools:
        times = [call.elapsed_ms for call in one.calls]
        grows = len(times) > 2 and times[-1] > _GROWTH * times[-2] > _GROWTH**2 * times[-3]
        if grows and times[-1] > _STOP_MS > _GROWTH * one.afterwards.elapsed_ms:
            took = f"{times[-3]:.0f}, {times[-2]:.0f} and {times[-1]:.0f} ms"
            message = f"Texts of growing length took {took} to be matched with {one.pattern[:80]}."
            failures.append(failed(message, *one.calls, one.control, one.afterwards, subject=one.subject))
    answered = [call for one in seen.tools for call in one.calls if call.answered]
    return failures or (passed(*answered) if answered else not_observed("no call was answered"))
