"""All exchanges of a run, numbered: the evidence that every verdict cites.

Here, at one place, secrets are replaced, texts are bounded and every message of the target is held against the wire
schema of the revision in force. What is recorded is what scenarios see.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

from ..model import Exchange, JsonObject, Outcome, Revision, SchemaViolation, Sent, SseEvent
from ..wire.codec import count_values
from .redaction import Redaction

BODY_CHARACTERS = 64 * 1024
"""What is kept of a sent or received text; parsed messages are kept whole."""
_STRAYS = 100
_STRAY_CHARACTERS = 2048
_EVENT_CHARACTERS = 4 * BODY_CHARACTERS
"""What is kept of the data of all events of an exchange."""
_EVENT_NAME = 2048
"""What is kept of the type and of the id of an event."""
_VIOLATIONS = 200
_VIOLATION = 4096
"""What is kept of the sentence of one: it may quote what the target sent."""
ROOM = 192 * 1024 * 1024
"""What all that is kept may weigh, in bytes, roughly; a standard audit of our own server weighs 74 MiB."""
_VALUE_BYTES = 64

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
        self._weight = 0
        self.silent: set[str] = set()
        """The ids of exchanges to which nothing came before the deadline."""
        self.on_full: Callable[[], None] = _nobody
        """Called when what is kept weighs more than `ROOM`: whoever holds the run has to end it."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything recorded so far, in order."""
        return tuple(self._exchanges)

    def at(self, revision: Revision | str) -> tuple[Exchange, ...]:
        """Return what was recorded at one revision."""
        wanted = str(revision)
        return tuple(exchange for exchange in self._exchanges if exchange.revision == wanted)

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
        found = (*draft.violations, *itertools.islice(self._tapped(draft, asked or draft.sent.method), _VIOLATIONS))
        recorded = replace(
            draft,
            id=f"x{len(self._exchanges) + 1:04}",
            sent=self._sent(draft.sent),
            headers=self._redaction.headers(draft.headers),
            messages=tuple(self._redaction.json(message) for message in draft.messages),
            events=tuple(self._events(draft.events)),
            body=self._redaction.text(draft.body)[:BODY_CHARACTERS],
            strays=tuple(self._redaction.text(stray)[:_STRAY_CHARACTERS] for stray in draft.strays[:_STRAYS]),
            violations=tuple(self._violation(violation) for violation in found),
            note=self._redaction.text(draft.note),
            echoes_token=self._echoes(draft),
        )
        self._exchanges.append(recorded)
        if recorded.outcome is Outcome.SILENT:
            self.silent.add(recorded.id)
        self._weigh(draft)
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

    def _weigh(self, draft: Exchange) -> None:
        """Count what a draft takes: its texts, and the objects of the messages in them."""
        room_left = self._weight <= ROOM
        self._weight += min(len(draft.body), BODY_CHARACTERS) + min(len(draft.sent.body), BODY_CHARACTERS)
        self._weight += sum(len(name) + len(value) for name, value in draft.headers)
        for text in [event.data for event in draft.events] or [draft.body]:
            self._weight += len(text) + _VALUE_BYTES * count_values(text)
        if room_left and self._weight > ROOM:
            self.on_full()

    def _events(self, events: Iterable[SseEvent]) -> Iterator[SseEvent]:
        room = _EVENT_CHARACTERS
        for event in events:
            name = event.id[:_EVENT_NAME] if event.id is not None else None
            held = {"event": event.event[:_EVENT_NAME], "data": event.data[:room], "id": name}
            room -= len(held["data"] or "")
            found: Any = self._redaction.json(held)
            yield replace(event, **found)

    def _violation(self, violation: SchemaViolation) -> SchemaViolation:
        path, message = (self._redaction.text(text[:_VIOLATION]) for text in (violation.path, violation.message))
        return replace(violation, path=path, message=message)


def _nobody() -> None:
    """Tell nobody."""


def _schema_tap(message: JsonObject, revision: Revision, asked: str | None) -> Iterable[SchemaViolation]:
    from ..wire.schema import violations  # noqa: PLC0415 - the compiled schemas are needed once a target has spoken

    return violations(message, revision, method=asked)
