"""All exchanges of a run, numbered: the evidence that every verdict cites.

Here, at one place, secrets are replaced, texts are bounded and every message of the target is held against the wire
schema of the revision in force. What is recorded is what scenarios see.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

from ..model import Exchange, JsonObject, Revision, SchemaViolation, Sent, SseEvent
from .redaction import Redaction

BODY_CHARACTERS = 64 * 1024
"""What is kept of a sent or received text; parsed messages are kept whole."""
_STRAYS = 100
_STRAY_CHARACTERS = 2048

Tap: TypeAlias = Callable[[JsonObject, Revision, str | None], Iterable[SchemaViolation]]
"""Says what the schema of a revision finds wrong with a message; the method is that of the request it answers."""


class Transcript:
    """Records exchanges; a draft has no id, what `record` returns does."""

    def __init__(self, *, secrets: Iterable[str] = (), tokens: Iterable[str] = (), tap: Tap | None = None) -> None:
        self._redaction = Redaction(secrets)
        self._tokens = tuple(tokens)
        self._tap = tap or _schema_tap
        self._exchanges: list[Exchange] = []
        self._unrecorded: list[str] = []

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything recorded so far, in order."""
        return tuple(self._exchanges)

    def at(self, revision: Revision | str) -> tuple[Exchange, ...]:
        """Return what was recorded at one revision."""
        return tuple(exchange for exchange in self._exchanges if exchange.revision == str(revision))

    @contextmanager
    def off_the_record(self, scenario: str) -> Iterator[None]:
        """Keep nothing of what a scenario exchanges meanwhile: load is no evidence, and would crowd it out."""
        self._unrecorded.append(scenario)
        try:
            yield
        finally:
            self._unrecorded.remove(scenario)

    def record(self, draft: Exchange, *, asked: str | None = None) -> Exchange:
        """Number, redact, bound and store a draft; `asked` is the method that its reply answers, if not the sent one.

        Returns:
            The exchange as it is stored.
        """
        if draft.scenario in self._unrecorded:
            return draft
        violations = (*draft.violations, *self._tapped(draft, asked or draft.sent.method))
        recorded = replace(
            draft,
            id=f"x{len(self._exchanges) + 1:04}",
            sent=self._sent(draft.sent),
            headers=self._redaction.headers(draft.headers),
            messages=tuple(self._redaction.json(message) for message in draft.messages),
            events=tuple(self._event(event) for event in draft.events),
            body=self._redaction.text(draft.body)[:BODY_CHARACTERS],
            strays=tuple(self._redaction.text(stray)[:_STRAY_CHARACTERS] for stray in draft.strays[:_STRAYS]),
            violations=tuple(self._violation(violation) for violation in violations),
            note=self._redaction.text(draft.note),
            echoes_token=self._echoes(draft),
        )
        self._exchanges.append(recorded)
        return recorded

    def _echoes(self, draft: Exchange) -> bool:
        """Whether an answer holds a token that was not in what it answers but for the headers."""
        if not self._tokens:
            return False
        answer = (draft.body, *(event.data for event in draft.events), *(value for _, value in draft.headers))
        asked = (draft.sent.path, draft.sent.body if draft.sent.verb != "BYTES" else "")
        shown = [token for token in self._tokens if not any(token in text for text in asked)]
        return any(token in text for token in shown for text in answer)

    def _tapped(self, draft: Exchange, asked: str | None) -> Iterable[SchemaViolation]:
        revision = Revision(draft.revision)
        reply = draft.reply
        for message in draft.objects:
            yield from self._tap(message, revision, asked if message is reply else None)

    def _sent(self, sent: Sent) -> Sent:
        return replace(
            sent,
            path=self._redaction.text(sent.path),
            headers=self._redaction.headers(sent.headers),
            body=self._redaction.text(sent.body)[:BODY_CHARACTERS],
        )

    def _event(self, event: SseEvent) -> SseEvent:
        found: Any = self._redaction.json({"event": event.event, "data": event.data, "id": event.id})
        return replace(event, **found)

    def _violation(self, violation: SchemaViolation) -> SchemaViolation:
        return replace(
            violation, path=self._redaction.text(violation.path), message=self._redaction.text(violation.message)
        )


def _schema_tap(message: JsonObject, revision: Revision, asked: str | None) -> Iterable[SchemaViolation]:
    from ..wire.schema import violations  # noqa: PLC0415 - the compiled schemas are needed once a target has spoken

    return violations(message, revision, method=asked)
