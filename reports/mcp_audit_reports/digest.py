"""What a report comes to in a few words, for every format that people read."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mcp_audit_harness.model import (
    Blame,
    Exchange,
    Finding,
    NamedAdvisory,
    Outcome,
    OverallScore,
    Relation,
    Report,
    Result,
    Revision,
    Severity,
    Status,
    Transport,
)

from .escape import shortened
from .plain import plain

_Word = TypeVar("_Word", bound=str)
_ROUTINE = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "accept-encoding",
        "mcp-session-id",
        "transfer-encoding",
        "user-agent",
    }
)
_RELATED = 4
"""Advisories on other software are examples: so many are named."""
_USUAL = frozenset({("accept", "application/json, text/event-stream"), ("content-type", "application/json")})


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict on the target, as one word or two, and the rest of the sentence."""

    word: str
    rest: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some verdicts say nothing about the target."""

    text: str
    count: int
    checks: tuple[str, ...]
    """Each once, in the order of the results."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One exchange cut down to what shows the defect; nothing in it is escaped yet."""

    id: str
    request: str
    headers: tuple[str, ...]
    """Sent ones that an ordinary request of the harness does not have."""
    sent: str
    """Empty for an ordinary JSON-RPC message, which the reproduction shows."""
    response: str
    body: str


def headline(report: Report) -> Headline:
    """Return the verdict: a PASS needs a verdict that rests on evidence and a whole run."""
    if report.survey is None and report.source is not None and report.source.rules:
        return Headline("FAIL" if _failed(report) else "PASS", f"{_counted(report)} in the source")
    if report.survey is None:
        return Headline("NOT AUDITED", report.failure or "the target could not be audited")
    rest = _counted(report)
    if _failed(report):
        word = "FAIL"
    elif not any(result.status in {Status.PASS, Status.FAIL} for result in report.results):
        return Headline("NOT AUDITED", report.failure or _unjudged(report))
    else:
        word = "PASS" if report.complete and not _harness_erred(report) else "INCOMPLETE"
    errors = tally(report.results)[Status.ERROR]
    rest += f", {plural(errors, 'error')}" if errors else ""
    return Headline(word, rest if report.complete else f"{rest}, the run did not finish")


def _unjudged(report: Report) -> str:
    """Say that nothing was judged, and why if it is the same for all."""
    why = {result.message for result in report.results}
    return ": ".join(["no check could be judged", *(why if len(why) == 1 else ())])


def _failed(report: Report) -> bool:
    return bool(report.stale) or any(finding.severity is not Severity.INFO for finding in report.findings)


def _harness_erred(report: Report) -> bool:
    return any(result.status is Status.ERROR and result.blame == Blame.HARNESS for result in report.results)


def score(overall: OverallScore, *, complete: bool) -> str:
    """Return the score in words."""
    return f"{overall.score} of 100, grade {overall.grade}" + ("" if complete else " (of what was seen)")


def _counted(report: Report) -> str:
    grave = breakdown((finding.severity for finding in report.findings), Severity)
    parts = [f"{plural(len(report.findings), 'finding')} ({grave})" if grave else "no findings"]
    parts += [f"{len(report.accepted)} accepted"] if report.accepted else []
    stale = plural(len(report.stale), "stale entry", "stale entries")
    return ", ".join([*parts, *([f"{stale} of the baseline"] if report.stale else [])])


def plural(count: int, noun: str, several: str = "") -> str:
    """Return the count with its noun, of which `several` is the plural where it does not end in s."""
    return f"{count} {noun}" if count == 1 else f"{count} {several or f'{noun}s'}"


def breakdown(items: Iterable[_Word], words: Iterable[_Word]) -> str:
    """Return how many items there are of each word, in the order of the words: `2 high, 1 low`."""
    counts = Counter(items)
    return ", ".join(f"{counts[word]} {word}" for word in words if counts[word])


def listed(texts: Sequence[str], limit: int) -> str:
    """Return the first texts in a row, and how many more there are."""
    rest = len(texts) - limit
    return ", ".join(texts[:limit]) + (f" and {rest} more" if rest > 0 else "")


def cut_off(texts: Sequence[str], limit: int, elsewhere: str = "") -> list[str]:
    """Return the first texts and, behind them, how many more there are and where: ` in the JSON report`."""
    rest = len(texts) - limit
    return [*texts[:limit], *([f"and {rest} more{elsewhere}"] if rest > 0 else [])]


def status_word(status: Status) -> str:
    """Return a status as it is read: `not observed`."""
    return status.value.replace("_", " ")


def tally(results: Iterable[Result], revision: Revision | None = None) -> Counter[Status]:
    """Return how many verdicts there are of each status, at one revision or at all."""
    return Counter(result.status for result in results if revision in {None, result.revision})


def reasons(results: Iterable[Result], status: Status) -> tuple[Reason, ...]:
    """Return why the verdicts of a status say nothing, the reason for most of them first."""
    groups: dict[str, list[str]] = {}
    for result in results:
        if result.status is status:
            text = f"{result.blame}: {result.message}" if result.blame else result.message
            groups.setdefault(text or "no reason given", []).append(result.check)
    found = [Reason(text, len(checks), tuple(dict.fromkeys(checks))) for text, checks in groups.items()]
    return tuple(sorted(found, key=lambda reason: (-reason.count, reason.text)))


def notes(report: Report) -> tuple[str, ...]:
    """Return what the reader should know of the run, the survey and the lists, each once."""
    survey = report.survey
    surveyed = survey.notes if survey else ()
    offered = [f"{offer.revision}: {note}" for offer in survey.offers for note in offer.notes] if survey else []
    baseline = [f"stale entry of the baseline: {text}" for text in report.stale]
    return tuple(dict.fromkeys((*baseline, *report.notes, *surveyed, *offered)))


def server_name(report: Report) -> str:
    """Return how the server calls itself at the newest revision it offers; empty if it does not say."""
    if report.survey is None or not report.survey.offers:
        return ""
    info = max(report.survey.offers, key=lambda offer: offer.revision).server_info
    return " ".join(str(plain(info[key])) for key in ("name", "version") if info.get(key))


def excerpts(finding: Finding, exchanges: dict[str, Exchange], *, length: int, limit: int) -> Iterator[Excerpt]:
    """Yield what the first `limit` exchanges of the evidence show, texts cut to `length` characters."""
    found = [exchanges[name] for name in finding.evidence if name in exchanges]
    for exchange in found[:limit]:
        yield _excerpt(exchange, length)


def _excerpt(exchange: Exchange, length: int) -> Excerpt:
    sent = exchange.sent
    return Excerpt(
        id=exchange.id,
        request=" ".join(request_parts(exchange)),
        headers=tuple(f"{name}: {value}" for name, value in sent.headers if _telling(name, value)),
        sent="" if sent.method else shortened(sent.body, length),
        response=_response(exchange),
        body=shortened(_answer(exchange), length),
    )


def request_parts(exchange: Exchange) -> list[str]:
    """Return what was asked: verb and path, the method, the id; what there is of them."""
    sent = exchange.sent
    verb = "stdin" if exchange.transport is Transport.STDIO else sent.verb
    rpc_id = "" if sent.rpc_id is None else f"id {plain(sent.rpc_id)}"
    return [part for part in (" ".join(filter(None, (verb, sent.path))), sent.method or "", rpc_id) if part]


def _telling(name: str, value: str) -> bool:
    return name not in _ROUTINE and (name, value) not in _USUAL


def _response(exchange: Exchange) -> str:
    parts = [] if exchange.status is None else [f"{exchange.status} {exchange.media_type}".strip()]
    if exchange.outcome is not Outcome.ANSWERED:
        parts.append(exchange.outcome.value)
    if exchange.note:
        parts.append(f"({exchange.note})")
    return " ".join(parts) or ("stdout" if exchange.transport is Transport.STDIO else exchange.outcome.value)


def _answer(exchange: Exchange) -> str:
    """Return the messages of a stream; else the body as it came, which is what the defect may be in."""
    if exchange.body and exchange.media_type != "text/event-stream":
        return exchange.body
    messages = [json.dumps(plain(message), ensure_ascii=False, separators=(",", ":")) for message in exchange.messages]
    return "\n".join((*messages, *exchange.strays)) or exchange.body


def advisories(finding: Finding) -> list[str]:
    """Return what was published of the weakness: a line for each advisory on this target, one for all on others."""
    related = [item for item in finding.advisories if item.relation is Relation.RELATED]
    lines = [_advisory(item) for item in finding.advisories if item.relation is not Relation.RELATED]
    if related:
        named = [f"{item.id} ({item.package})" for item in related]
        lines.append(f"the same weakness elsewhere: {listed(named, _RELATED)}")
    return lines


def _advisory(item: NamedAdvisory) -> str:
    names = ", ".join((item.id, *item.aliases))
    remedy = f"; fixed in {item.fixed}" if item.fixed else ""
    return f"{names} ({item.relation}): {item.reason}{remedy}"
