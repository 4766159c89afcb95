"""The text of a failed item: which rule is broken, what was sent, what came back, what to do about it.

Everything in it that came from the target is shown so that it cannot steer a terminal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..catalogue import Catalogue
from ..model import Exchange, Finding, Report, Requirement, Result, Transport

_MOST_SUBJECTS = 10
_MOST_EXCHANGES = 3
_MOST_CHARS = 1500
_WIDTH = 9


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a report holds, by what a failure text asks for."""

    exchanges: dict[str, Exchange]
    findings: dict[tuple[str, str], Finding]
    requirements: dict[str, Requirement]

    @classmethod
    def of(cls, report: Report, catalogue: Catalogue) -> "Evidence":
        """Return the evidence in `report`."""
        return cls(
            {exchange.id: exchange for exchange in report.exchanges},
            {(finding.check, finding.subject): finding for finding in report.findings},
            {row.id: row for row in catalogue.requirements},
        )

    def text(self, failures: Sequence[Result]) -> str:
        """Return the text for an item with these FAILs, one for each subject."""
        first = failures[0]
        finding = self.findings[first.check, first.subject]
        lines = [f"{first.title}", f"{first.severity.value}, {first.level.value}, {first.category.value}", ""]
        for result in failures[:_MOST_SUBJECTS]:
            subject = f"{result.subject}: " if result.subject else ""
            lines += _labelled("found", f"{subject}{result.message}")
        if len(failures) > _MOST_SUBJECTS:
            lines += _labelled("", f"... and {len(failures) - _MOST_SUBJECTS} more")
        lines += self._rules(first)
        for name in first.evidence[:_MOST_EXCHANGES]:
            if name in self.exchanges:
                lines += _told(self.exchanges[name])
        lines += _labelled("why", finding.explanation)
        lines += _labelled("remedy", finding.remediation)
        for url in dict.fromkeys(finding.docs):
            lines += _labelled("docs", url)
        lines += _labelled("more", f"mcp-audit explain {first.check}")
        if finding.reproduce:
            lines += _labelled("repeat", finding.reproduce)
        return "\n".join(lines)

    def _rules(self, result: Result) -> Iterator[str]:
        for name in result.requirements:
            row = self.requirements.get(name)
            if row is not None and row.at(result.revision) is not None:
                yield from _labelled("rule", f"{row.text} ({name})")


def _told(exchange: Exchange) -> Iterator[str]:
    sent = exchange.sent
    head = "" if exchange.transport is Transport.STDIO else f"{sent.verb} {sent.path}".rstrip() + "\n"
    yield from _labelled("sent", _cut(head + sent.body) or sent.verb)
    status = "" if exchange.status is None else f"HTTP {exchange.status}\n"
    came = exchange.body or "".join(f"data: {event.data}\n" for event in exchange.events)
    if not exchange.answered or not came:
        status += exchange.outcome.value + (f": {exchange.note}" if exchange.note else "") + "\n"
    yield from _labelled("answer", _cut(f"{status}{came}".rstrip("\n")))


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}... ({len(text)} characters)"


def _labelled(label: str, text: str) -> Iterator[str]:
    """Yield the lines of a text, the first with its label before it."""
    for number, line in enumerate(shown(text).splitlines() or [""]):
        yield f"{label if not number else '':{_WIDTH}}{line}".rstrip()


def shown(text: str) -> str:
    """Return `text` with its line feeds; whatever else a reader could not see is written as an escape."""
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text)
