"""The exchanges that a finding rests on: request and answer side by side, the defect marked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mcp_audit_harness.model import Exchange, Finding, Outcome

from ..digest import plural, request_parts
from ..escape import html
from ..urgency import Urgency, urgency
from ..webpage import code
from .highlight import Defect, body_lines, drawn, header_lines, message_lines, text_lines

_SHOWN = {Urgency.P0: 4, Urgency.P1: 3, Urgency.P2: 2}
"""So many exchanges of a finding are embedded; the others are named."""
_EXCHANGES = 500
"""So many of all findings, or else one of each."""
_WHOLE, _COMMANDS = 900_000, 500_000
"""Characters of messages in the page, and of commands, in all."""
_MOST, _LEAST = 5_000, 250
_MOST_COMMAND, _LEAST_COMMAND = 20_000, 1_500
_HEADERS = 14
_USUAL = frozenset({"host", "user-agent", "accept-encoding", "content-length", "connection", "accept", "content-type"})
"""Headers of every request: they are shown where the finding is about them."""
_HARMLESS = frozenset({"date", "content-length", "connection", "keep-alive", "server", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """The exchanges of a report, and how much of each there is room for."""

    exchanges: Mapping[str, Exchange]
    room: int
    """Characters of a request, and of an answer."""
    most: int
    """Exchanges of a finding."""
    command: int
    """Characters of a command."""

    @classmethod
    def of(cls, findings: Sequence[Finding], exchanges: Sequence[Exchange]) -> "Evidence":
        """Share the page out among what the findings cite."""
        by_id = {exchange.id: exchange for exchange in exchanges}
        count = max(1, len(findings))
        most = max(1, _EXCHANGES // count)
        shown = sum(len(_cited(finding, by_id, most)) for finding in findings)
        room = max(_LEAST, min(_MOST, _WHOLE // (2 * max(1, shown))))
        return cls(by_id, room, most, max(_LEAST_COMMAND, min(_MOST_COMMAND, _COMMANDS // count)))

    def drawn(self, finding: Finding) -> str:
        """Return what shows a finding; nothing where no exchange of the report does."""
        shown = _cited(finding, self.exchanges, self.most)
        if not shown:
            return ""
        others = [name for name in finding.evidence if name not in {exchange.id for exchange in shown}]
        more = f'<p class="soft">{plural(len(others), "more exchange")} in report.json: ' if others else ""
        names = f"{', '.join(map(code, others[:6]))}{' …' if len(others) > 6 else ''}</p>" if others else ""
        pairs = "".join(_pair(finding, exchange, self.room) for exchange in shown)
        return f"<h3>Evidence</h3>{pairs}{more}{names}"


def _cited(finding: Finding, exchanges: Mapping[str, Exchange], most: int) -> list[Exchange]:
    names = dict.fromkeys(name for name in finding.evidence if name in exchanges)
    return [exchanges[name] for name in names][: min(most, _SHOWN[urgency(finding)])]


def _pair(finding: Finding, exchange: Exchange, room: int) -> str:
    defect = Defect.of(finding, exchange)
    facts = " · ".join(html(fact) for fact in _facts(exchange))
    return (
        f'<div class="exchange"><p class="soft"><strong>{html(exchange.id)}</strong> {facts}</p><div class="pair">'
        f"{_side('Request', _sent_first(exchange), list(_sent(finding, exchange, defect, room)))}"
        f"{_side('Answer', _answered_first(exchange), list(_came(finding, exchange, defect, room)))}"
        f"</div>{_notes(exchange)}</div>"
    )


def _facts(exchange: Exchange) -> Iterator[str]:
    yield exchange.scenario
    if exchange.revision:
        yield exchange.revision
    yield f"{exchange.elapsed_ms:.0f} ms"


def _side(title: str, first: str, parts: list[str]) -> str:
    body = "\n\n".join(part for part in parts if part)
    shown = f'<pre tabindex="0">{body}</pre>' if body else ""
    return f'<div class="side"><p class="start"><span class="soft">{title}</span> {first}</p>{shown}</div>'


def _sent_first(exchange: Exchange) -> str:
    return " ".join(map(code, request_parts(exchange)))


def _sent(finding: Finding, exchange: Exchange, defect: Defect, room: int) -> Iterator[str]:
    sent, defect = exchange.sent, replace(defect, paths=())
    told = header_lines(sent.headers, finding, defect)
    shown = [line for line, (name, _) in zip(told, sent.headers, strict=True) if line.marked or name not in _USUAL]
    yield drawn(shown[:_HEADERS], room)
    yield drawn(body_lines(sent.body, defect), room)


def _answered_first(exchange: Exchange) -> str:
    status = "" if exchange.status is None else f"HTTP {exchange.status}"
    outcome = "" if exchange.outcome is Outcome.ANSWERED else exchange.outcome.value
    plainly = code(status or ("stdout" if not outcome else ""))
    return f"{plainly} {f'<mark>{html(outcome)}</mark>' if outcome else ''}".strip()


def _came(finding: Finding, exchange: Exchange, defect: Defect, room: int) -> Iterator[str]:
    told = [(name, value) for name, value in exchange.headers if name not in _HARMLESS]
    yield drawn(header_lines(told[:_HEADERS], finding, defect), room)
    yield drawn(message_lines(exchange.body, exchange.messages, defect), room)
    yield drawn([line for stray in exchange.strays for line in text_lines(stray, defect)], room // 2)


def _notes(exchange: Exchange) -> str:
    notes = [
        f"schema of {code(item.definition)}: {code(item.path or '/')} {html(item.message)}"
        for item in exchange.violations[:8]
    ]
    notes += [html(exchange.note)] if exchange.note else []
    return f'<ul class="notes">{"".join(f"<li>{note}</li>" for note in notes)}</ul>' if notes else ""
