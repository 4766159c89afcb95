"""Texts that become part of a query: the answer follows a condition that the caller wrote.

Each form comes in two versions that differ in one sign: with one the condition holds, with the other it does not. Only
who evaluates it gives the same answer to all that hold, and another one to all that do not. Only tools that read are
tried.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from mcp_audit_harness.declare import Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Exchange, Impact, Severity, failed, not_applicable, not_observed, passed
from mcp_audit_harness.probe import Probe

from .argument_kinds import Slot, slots, takes_code, takes_identifier, takes_query
from .occasions import newest_only
from .tries import ask, is_slow

_MOST, _MOST_INTRUSIVE = 3, 30
_ROUNDS: Final = 3
Form: TypeAlias = Callable[[str, int, int], Any]
"""Makes a value of a word and two digits: its condition holds if the digits are equal."""
SQL, OTHER = "SQL", "another query language"
_NO_PLACE = "no tool that may be called, and only reads, takes a query or an identifier"


def _quoted(word: str, left: int, right: int) -> str:
    return f"{word}' or '{left}'='{right}"


def _like(word: str, left: int, right: int) -> str:
    return f"{word}%' or '{left}' like '{right}"


def _and_like(_: str, left: int, right: int) -> str:
    """Return a condition that only narrows what an empty text, or any, finds."""
    return f"%' and '{left}' like '{right}"


def _number(_: str, left: int, right: int) -> str:
    return f"0 or {left}={right}"


def _kusto(word: str, left: int, right: int) -> str:
    return f'{word}" or "{left}" == "{right}'


def _ldap(word: str, left: int, right: int) -> str:
    """Return a filter in which only a sign differs, so that a search for its words finds the same."""
    return f"*)({'!' if left == right else '&'}(cn={word})"


def _operator(word: str, left: int, right: int) -> dict[str, str]:
    return {"$ne" if left == right else "$eq": f"{word}{left}"}


FORMS: Final[tuple[tuple[str, str, Form], ...]] = (
    (SQL, "a quoted condition", _quoted),
    (SQL, "a condition after a pattern", _like),
    (SQL, "a narrowing condition after a pattern", _and_like),
    (SQL, "a condition after a number", _number),
    (OTHER, "a condition of a pipe language", _kusto),
    (OTHER, "a filter of a directory", _ldap),
    (OTHER, "an operator in place of a text", _operator),
)


@dataclass(frozen=True, slots=True)
class Divergence:
    """One form in one place: pairs of a condition that holds and one that does not."""

    subject: str
    label: str
    language: str
    how: str
    control: Exchange
    """A word that nothing is called by."""
    holding: tuple[Exchange, ...]
    other: tuple[Exchange, ...]
    own: tuple[str, ...]
    """What was sent: taken out of the answers before they are compared."""

    @property
    def follows(self) -> bool:
        """Whether the answers follow the condition in every round."""
        if len(self.holding) < _ROUNDS:
            return False
        yes = {bare(one, self.own) for one in self.holding}
        no = {bare(one, self.own) for one in self.other}
        return len(yes) == 1 and len(no) == 1 and yes != no and all(one.answered for one in self.holding)


@dataclass(frozen=True, slots=True)
class Divergences:
    """Every form in every place."""

    found: tuple[Divergence, ...]
    places: int


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=60.0, thorough=True)
async def divergences(probe: Probe) -> Divergences:
    most = _MOST_INTRUSIVE if probe.consent.intrusive else _MOST
    tools = probe.callable_tools()
    asking = slots(tools, lambda slot: slot.reads and takes_query(slot) and not takes_code(slot), most)
    naming = slots(tools, lambda slot: slot.reads and takes_identifier(slot) and not takes_query(slot), most)
    found: list[Divergence] = []
    places = [*asking, *naming][:most]
    for slot in places:
        control = await ask(probe, slot, _word(probe))
        if not is_slow(control):
            for language, how, form in FORMS:
                found.append(await _diverge(probe, slot, control, language, how, form))
    return Divergences(tuple(found), len(places))


async def _diverge(probe: Probe, slot: Slot, control: Exchange, language: str, how: str, form: Form) -> Divergence:
    """Ask one pair, and the others if its answers differ."""
    holding: list[Exchange] = []
    other: list[Exchange] = []
    own: list[str] = []
    digits = probe.rng.sample(range(1, 10), 2 * _ROUNDS)
    for left, right in zip(digits[:_ROUNDS], digits[_ROUNDS:], strict=True):
        word = _word(probe)
        for equal, answers in ((left, holding), (right, other)):
            value = form(word, left, equal)
            own.append(value if isinstance(value, str) else json.dumps(value))
            own.append(word)
            answers.append(await ask(probe, slot, value))
        if bare(holding[-1], own) == bare(other[-1], own):
            break
    own.sort(key=len, reverse=True)
    return Divergence(slot.subject, slot.label, language, how, control, tuple(holding), tuple(other), tuple(own))


def _word(probe: Probe) -> str:
    return f"zq{probe.rng.randrange(10**6, 10**7)}"


def bare(exchange: Exchange, own: Sequence[str]) -> str:
    """Return what was answered, without what was sent, and without digits that repeat it in part."""
    result = exchange.result
    if result is None:
        return f"error {exchange.error_code}" if exchange.error is not None else f"status {exchange.status}"
    said = json.dumps([result.get("isError") is True, result.get("content"), result.get("structuredContent")])
    for value in own:
        for form in (json.dumps(json.dumps(value)[1:-1])[1:-1], json.dumps(value)[1:-1], value):
            said = said.replace(form, "")
    return said


def _judge(seen: Divergences, language: str) -> Verdicts:
    if not seen.places:
        return not_applicable(_NO_PLACE)
    failures, failing = [], set()
    for one in seen.found:
        if one.language == language and one.follows and one.subject not in failing:
            failing.add(one.subject)
            message = f"Three times out of three the answer follows {one.how} in the argument {one.label}."
            failures.append(failed(message, *one.holding[:3], *one.other[:3], one.control, subject=one.subject))
    tried = [answer for one in seen.found if one.language == language for answer in one.holding if answer.answered]
    return failures or (passed(*tried[:10]) if tried else not_observed("no call with a query was answered"))


@check(
    divergences,
    id="injection/text-changes-sql",
    title="Text of a caller becomes part of an SQL statement",
    requirements=("tools/validate-tool-inputs",),
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation="Hand values to the database as parameters of a prepared statement.",
    references=(
        "https://cwe.mitre.org/data/definitions/89.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-66335",
    ),
)
def text_changes_sql(seen: Divergences) -> Verdicts:
    """Who writes a condition into a statement reads what the tool does not show, and with some databases changes it.
    Proof is an answer that follows a condition of the caller, in three pairs that differ in one digit, with nothing
    of the request left in the answers. Tools that take SQL by design are not meant. XPath is told by the same forms.
    """
    return _judge(seen, SQL)


@check(
    divergences,
    id="injection/text-changes-query",
    title="Text of a caller becomes part of a query",
    requirements=("tools/validate-tool-inputs",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Accept texts only where a text is declared, and hand them over by the means of the query language.",
    references=(
        "https://cwe.mitre.org/data/definitions/943.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-33980",
    ),
)
def text_changes_query(seen: Divergences) -> Verdicts:
    """Document databases take `{"$ne": …}` for an operator, directories a parenthesis for another filter, pipe
    languages a quote for the end of a text. Proof is an answer that follows a condition of the caller, three times.
    """
    return _judge(seen, OTHER)
