"""What the answers of a whole audit give away: secrets, stack traces, places on the disk.

Nothing is sent for it: the other scenarios have asked for everything, rightly and wrongly. What a request held itself
is no leak. Log messages are judged by checks of their own.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.asking import called_name
from ..conformance.log_messages import METHOD as LOG_MESSAGE
from .leak_patterns import LOOKED_AT, likely_secret, place, proven_secret, trace

_MOST_ANSWERS, _MOST_VERDICTS, _MOST_SHOWN = 400, 5, 5
_ERRORS_FROM = 400
_SEPARATOR = "\0"
"""Between texts that are looked at together: no pattern reaches over it."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One exchange for each different answer."""

    failures: tuple[Exchange, ...]
    """Errors, results of tools that say that they failed, HTTP errors."""
    results: tuple[Exchange, ...]


@scenario(observes=True)
async def answers(probe: Probe) -> Answers:
    """Collect what came back, each text once."""
    failures: dict[str, Exchange] = {}
    results: dict[str, Exchange] = {}
    for seen in probe.transcript:
        if not seen.answered:
            continue
        kept = failures if is_failure(seen) else results
        if len(kept) < _MOST_ANSWERS:
            kept.setdefault(_without_ids(seen), seen)
    return Answers(tuple(failures.values()), tuple(results.values()))


def is_failure(exchange: Exchange) -> bool:
    """Whether an answer says that something went wrong."""
    if exchange.error is not None or (exchange.status or 0) >= _ERRORS_FROM:
        return True
    return (exchange.result or {}).get("isError") is True


def _without_ids(exchange: Exchange) -> str:
    said = [[response.get("result"), response.get("error")] for response in exchange.responses]
    return f"{exchange.sent.method} {json.dumps(said)}" if said else exchange.body


def told(exchange: Exchange) -> Iterator[str]:
    """Yield the texts of an answer: every string of its responses; without any, the body, less log messages."""
    waiting: list[Any] = list(exchange.responses)
    if not waiting and not exchange.notifications(LOG_MESSAGE):
        yield exchange.body
    elif not waiting:
        waiting = [item for item in exchange.objects if item.get("method") != LOG_MESSAGE]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict):
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)


def where(exchange: Exchange) -> str:
    """Return where an answer came: the tool that was called, or the method."""
    name = called_name(exchange) if exchange.sent.method == "tools/call" else None
    return f"tool:{name}" if name else f"method:{exchange.sent.method or exchange.sent.verb}"


def _judged(looked: tuple[Exchange, ...], trouble: Callable[[str, str], str], nothing: str) -> Verdicts:
    """Judge each answer by what `trouble` finds in one of its texts: a sentence's object, or nothing."""
    found: dict[tuple[str, str], Verdict] = {}
    for exchange in looked:
        known = _said(exchange)
        whole = _SEPARATOR.join(told(exchange))
        for text in (whole,) if len(whole) < LOOKED_AT else whole.split(_SEPARATOR):
            what = trouble(text, known)
            if what:
                key = (where(exchange), what)
                found.setdefault(key, failed(f"The answer holds {what}.", exchange, subject=where(exchange)))
    if found:
        return list(found.values())[:_MOST_VERDICTS]
    answered = [exchange for exchange in looked if exchange.answered]
    return passed(*answered[:_MOST_SHOWN]) if answered else not_observed(nothing)


def _said(exchange: Exchange) -> str:
    """Return the request as it was sent, and as its strings are."""
    try:
        asked = json.loads(exchange.sent.body)
    except (ValueError, RecursionError):
        return f"{exchange.sent.path} {exchange.sent.body}"
    return "\n".join((exchange.sent.path, exchange.sent.body, *strings_in(asked)))


def strings_in(*values: Any) -> list[str]:
    """Return every string inside JSON values, names of members too."""
    strings: list[str] = []
    waiting = list(values)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            strings.append(inner)
        elif isinstance(inner, dict):
            waiting.extend((*inner.values(), *inner))
        elif isinstance(inner, list):
            waiting.extend(inner)
    return strings


@check(
    answers,
    id="leaks/secret-in-answer",
    title="An answer holds a secret",
    requirements=("leaks/no-secrets-in-answers",),
    severity=Severity.CRITICAL,
    category=Category.SECURITY,
    remediation="Revoke the secret now; then return only what callers need, never whole settings or errors.",
    references=("https://cwe.mitre.org/data/definitions/200.html", "https://cwe.mitre.org/data/definitions/522.html"),
)
def secret_in_answer(seen: Answers) -> Verdicts:
    """Answers go into the context of a model, into logs and to whoever the model talks to. Judged are only texts whose
    structure or checksum proves what they are: key blocks that decode, tokens with a right checksum, signed tokens with
    claims. The secret itself is not repeated in the finding, only its kind and a hash.
    """

    def trouble(text: str, known: str) -> str:
        found = proven_secret(text, known)
        return f"{found[0]} (SHA-256 begins {found[1]})" if found else ""

    return _judged((*seen.failures, *seen.results), trouble, "no answer came")


@check(
    answers,
    id="leaks/likely-secret-in-answer",
    title="An answer holds what looks like a secret",
    requirements=("leaks/no-secrets-in-answers",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="See whether it is one; if so revoke it, and return only the members that callers need.",
    references=("https://cwe.mitre.org/data/definitions/200.html",),
)
def likely_secret_in_answer(seen: Answers) -> Verdicts:
    """Keys of clouds and services, and addresses with a password, have a form by which they are known, but nothing that
    proves them. The confidence is middling: samples and placeholders are left out.
    """

    def trouble(text: str, known: str) -> str:
        kind = "" if proven_secret(text, known) else likely_secret(text, known)
        return f"what is likely {kind}" if kind else ""

    return _judged((*seen.failures, *seen.results), trouble, "no answer came")


@check(
    answers,
    id="leaks/stack-trace-in-error",
    title="An error shows the inside of the server",
    requirements=("leaks/no-internals-in-errors",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Keep traces and database errors in your own log; answer with one sentence that says what was wrong.",
    references=("https://cwe.mitre.org/data/definitions/209.html",),
)
def stack_trace_in_error(seen: Answers) -> Verdicts:
    """A trace names files, versions and the line that failed; a database error shows the query. That is a map for
    whoever looks for a hole. Both must be there: what went wrong, and where in the program.
    """

    def trouble(text: str, known: str) -> str:
        kind = trace(text, known)
        return f"a trace of {kind}" if kind else ""

    return _judged(seen.failures, trouble, "nothing failed in this run")


@check(
    answers,
    id="leaks/place-in-error",
    title="An error names places on the host or in its network",
    requirements=("leaks/no-internals-in-errors",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Name things as the caller knows them; keep paths and internal addresses in your own log.",
    references=("https://cwe.mitre.org/data/definitions/200.html",),
)
def place_in_error(seen: Answers) -> Verdicts:
    """Absolute paths tell the user's name, the layout and often the versions of what is installed. Requests that name a
    path themselves are left out: their answer is about paths. The confidence is middling.
    """
    looked = tuple(exchange for exchange in seen.failures if not _names_path(exchange))
    return _judged(looked, lambda text, known: _named(place(text, known)), "nothing failed in this run")


def _named(found: str) -> str:
    return f"what is likely a place of the server, {found[:120]!r}" if found else ""


def _names_path(exchange: Exchange) -> bool:
    """Whether a request hands over a path: an argument with a slash, or with a name for paths."""
    try:
        params = json.loads(exchange.sent.body)["params"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return False
    given = params.get("arguments", params) if isinstance(params, dict) else {}
    texts = given.values() if isinstance(given, dict) else ()
    return any(isinstance(text, str) and ("/" in text or "\\" in text) for text in texts)
