"""What a client said, given back in a form in which it means something: escapes, markup, formulas.

A tool that repeats its argument is found by a plain word first. Then the same argument goes on with characters that
a terminal obeys, with markup where the answer is HTML, or begins as a formula where the answer is CSV.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from ..conformance.asking import called_name
from .occasions import newest_of_era
from .spoken import strings

_MOST_TOOLS, _MOST_ECHOES, _PATIENCE_S = 6, 2, 2.0
_ESCAPE: Final = "\x1b]0;{0}\x07"
_MARKUP: Final = "<img src=x onerror={0}>"
_FORMULA: Final = "={0}+1"
_HTML, _CSV = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"}), frozenset({"text/csv"})
_NONE: Final = "no tool that may be called repeats a text that it is given; allow more with --call all or --tool NAME"


@dataclass(frozen=True, slots=True)
class Echo:
    """A tool that repeats a word, and what it made of the same word with something around it."""

    tool: str
    word: str
    control: Exchange
    escape: Exchange
    markup: Exchange | None
    """None where the answer is no HTML."""
    formula: Exchange | None
    """None where the answer is no CSV."""

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool}"


@dataclass(frozen=True, slots=True)
class Reflections:
    """The tools that repeat what they are given; and all that were tried."""

    echoes: tuple[Echo, ...]
    tried: tuple[Exchange, ...]


@scenario(
    needs=(newest_of_era, callable_tool), impact=Impact.PROBING, timeout_s=40.0, bench=Bench.DIAGNOSTICS, thorough=True
)
async def reflections(probe: Probe) -> Reflections:
    """Give tools a word, and those that repeat it the same word with an escape, with markup, as a formula."""
    echoes: list[Echo] = []
    tried: list[Exchange] = []
    for tool, name in _candidates(probe):
        if len(tried) == _MOST_TOOLS or len(echoes) == _MOST_ECHOES:
            break
        word = f"mcpaudit{probe.rng.randrange(10**9)}"
        tried.append(control := await _call(probe, tool, name, word))
        if not any(word in text for _, text in _texts(control)):
            continue
        kinds = {kind for kind, text in _texts(control) if word in text}
        escape = await _call(probe, tool, name, word + _ESCAPE.format(word))
        markup = await _call(probe, tool, name, word + _MARKUP.format(word)) if kinds & _HTML else None
        formula = await _call(probe, tool, name, _FORMULA.format(word)) if kinds & _CSV else None
        echoes.append(Echo(str(tool["name"]), word, control, escape, markup, formula))
    return Reflections(tuple(echoes), tuple(tried))


def _candidates(probe: Probe) -> Iterator[tuple[JsonObject, str]]:
    """Yield tools that take a free text, with the name of the parameter; not those known to be silent, or to ask."""
    known = {called_name(seen): seen for seen in probe.transcript if seen.sent.method == "tools/call"}
    for tool in probe.callable_tools():
        earlier = known.get(str(tool.get("name")))
        if earlier is not None and not earlier.answered:
            continue
        schema = tool.get("inputSchema")
        properties = schema.get("properties") if isinstance(schema, dict) else None
        for name, inner in (properties if isinstance(properties, dict) else {}).items():
            if (
                isinstance(inner, dict)
                and inner.get("type") == "string"
                and not {"enum", "const", "format"} & set(inner)
            ):
                yield tool, name
                break


async def _call(probe: Probe, tool: JsonObject, name: str, text: str) -> Exchange:
    arguments = {**valid_arguments(tool.get("inputSchema")), name: text}
    return await probe.request("tools/call", {"name": tool["name"], "arguments": arguments}, timeout=_PATIENCE_S)


def _texts(answer: Exchange) -> Iterator[tuple[str, str]]:
    """Yield every text of a result with its media type; errors and structured content are plain text."""
    result = answer.result if answer.result is not None else {"content": [answer.error or {}]}
    content: Any = result.get("content")
    for item in content if isinstance(content, list) else ():
        inner = item.get("resource", item) if isinstance(item, dict) else {}
        kind = str(inner.get("mimeType", "text/plain")) if isinstance(inner, dict) else "text/plain"
        yield from ((kind.partition(";")[0].strip().lower(), text) for _, text in strings(inner, names=False))


@check(
    reflections,
    id="outputs/repeats-terminal-escape",
    title="Tool gives terminal escapes back as they came",
    requirements=("outputs/escaped-for-their-form",),
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Replace control characters but for tabs and line ends in what you repeat.",
    references=("https://cwe.mitre.org/data/definitions/150.html",),
)
def repeats_terminal_escape(seen: Reflections) -> Verdicts:
    """What somebody put into a file name or an issue reaches the terminal of whoever asks for it. A tool that exists to
    repeat its input does what it is for; then take the finding as a reminder that its clients have to escape.
    """

    def trouble(echo: Echo) -> str:
        raw = _ESCAPE.format(echo.word)
        found = any(raw in text for _, text in _texts(echo.escape))
        return "an escape sequence (ESC ] 0) came back as it was sent" if found else ""

    return _judged(seen, [(echo, echo.escape, trouble(echo)) for echo in seen.echoes])


@check(
    reflections,
    id="outputs/unescaped-html",
    title="Tool puts what it was given into HTML without escaping it",
    requirements=("outputs/escaped-for-their-form",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Escape &, <, > and quotes in everything that you put into HTML.",
    references=("https://cwe.mitre.org/data/definitions/79.html",),
)
def unescaped_html(seen: Reflections) -> Verdicts:
    """Clients show results of the type text/html, and interfaces of apps, in a frame. Markup that came in as data runs
    there with all that the frame may do. Plain text with markup in it is none of this.
    """
    pages = [(echo, echo.markup, _raw(echo, echo.markup)) for echo in seen.echoes if echo.markup is not None]
    return _judged(seen, pages) if pages else not_applicable("no tool that repeats its input gives HTML")


def _raw(echo: Echo, answer: Exchange) -> str:
    raw = _MARKUP.format(echo.word)
    found = any(raw in text for kind, text in _texts(answer) if kind in _HTML)
    return "an element with an event handler came back as it was sent, in HTML" if found else ""


@check(
    reflections,
    id="outputs/unescaped-formula",
    title="Tool puts what it was given into CSV as a formula",
    requirements=("outputs/escaped-for-their-form",),
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Put an apostrophe before cells that begin with =, +, - or @.",
    references=("https://cwe.mitre.org/data/definitions/1236.html",),
)
def unescaped_formula(seen: Reflections) -> Verdicts:
    """Who opens the table in a spreadsheet runs the formula, which can read other cells and fetch addresses. Looked at
    in results of the type text/csv only.
    """
    tables = [(echo, echo.formula, _begun(echo, echo.formula)) for echo in seen.echoes if echo.formula is not None]
    return _judged(seen, tables) if tables else not_applicable("no tool that repeats its input gives CSV")


def _begun(echo: Echo, answer: Exchange) -> str:
    formula = _FORMULA.format(echo.word)
    cells = [cell for kind, text in _texts(answer) if kind in _CSV for cell in _cells(text)]
    return "a cell begins with the formula that was sent" if any(cell.startswith(formula) for cell in cells) else ""


def _cells(text: str) -> list[str]:
    try:
        return [cell for row in csv.reader(text.splitlines()) for cell in row]
    except csv.Error:
        return []


def _judged(seen: Reflections, tries: list[tuple[Echo, Exchange, str]]) -> Verdicts:
    failures: list[Verdict] = [
        failed(why, answer, echo.control, subject=echo.subject) for echo, answer, why in tries if why
    ]
    answered = [exchange for echo, answer, _ in tries if answer.answered for exchange in (answer, echo.control)]
    if failures:
        return failures
    return passed(*answered) if answered else not_observed(_NONE, *seen.tried)
